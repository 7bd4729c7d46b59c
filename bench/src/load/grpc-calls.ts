import { type LoadResult, loadResult } from './load-result.ts';

export interface GrpcLoadOrder {
  readonly port: number;
  /** The bytes of a `ModelInferRequest`. */
  readonly request: Uint8Array;
  /** Each with a connection of its own. */
  readonly clients: number;
  /** At a time, over all clients. */
  readonly calls: number;
  readonly forMs: number;
}

/** One client, which has one request to make. */
export interface GrpcClient {
  call(onAnswer: (answer: Buffer | Error) => void): void;
  close(): void;
}

/** Calls, one after another in each of the calls at a time. Rejects at the first that fails. */
export async function applyCalls(order: GrpcLoadOrder, openClient: () => GrpcClient): Promise<LoadResult> {
  const { clients, calls, forMs } = order;
  const all = Array.from({ length: clients }, openClient);
  const began = performance.now();
  try {
    const each = Array.from({ length: calls }, (_, i) => callUntil(began + forMs, all[i % clients]!));
    return loadResult(began, await Promise.all(each));
  } finally {
    for (const client of all) client.close();
  }
}

function callUntil(deadline: number, client: GrpcClient) {
  return new Promise<{ micros: number[]; answer: Buffer }>((resolve, reject) => {
    const micros: number[] = [];
    const call = () => {
      const sent = performance.now();
      client.call((answer) => {
        const now = performance.now();
        micros.push((now - sent) * 1000);
        if (answer instanceof Error) reject(answer);
        else if (now < deadline) call();
        else resolve({ micros, answer });
      });
    };
    call();
  });
}
