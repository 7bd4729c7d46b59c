import { Client, credentials } from '@grpc/grpc-js';
import { quantile } from '../judge.ts';
import { answerOrders } from '../orders.ts';
import type { LoadResult } from './closed-loop.ts';
import { modelInferPath } from './infer-message.ts';

export interface GrpcLoadOrder {
  readonly port: number;
  readonly request: Uint8Array;
  /** Each with a connection of its own. */
  readonly clients: number;
  /** At a time, over all clients. */
  readonly calls: number;
  readonly forMs: number;
}

const asItIs = (bytes: Buffer) => bytes;

/** Calls `ModelInfer`, one after another in each of the calls at a time. Rejects at the first that fails. */
answerOrders(async ({ port, request, clients, calls, forMs }: GrpcLoadOrder): Promise<LoadResult> => {
  const all = Array.from({ length: clients }, () => openClient(port));
  const bytes = Buffer.from(request);
  const micros: number[] = [];
  const began = performance.now();
  const each = Array.from({ length: calls }, async (_, i) => {
    let answer = await call(all[i % clients]!, bytes);
    for (let start = performance.now(); start < began + forMs; ) {
      answer = await call(all[i % clients]!, bytes);
      const now = performance.now();
      micros.push((now - start) * 1000);
      start = now;
    }
    return answer;
  });
  try {
    const [answer] = await Promise.all(each);
    const requestsPerSecond = (micros.length * 1000) / (performance.now() - began);
    const [p50Micros, p99Micros] = [quantile(micros, 0.5), quantile(micros, 0.99)];
    return { requests: micros.length, requestsPerSecond, p50Micros, p99Micros, answer: answer! };
  } finally {
    for (const client of all) client.close();
  }
});

function openClient(port: number): Client {
  // Clients of one process and one target would share a connection.
  return new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
}

function call(client: Client, request: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    client.makeUnaryRequest(modelInferPath, asItIs, asItIs, request, (error, answer) =>
      error ? reject(error) : resolve(answer!),
    ),
  );
}
