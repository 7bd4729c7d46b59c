import { openHttpConnection, type Post, requestBytes } from './http-connection.ts';
import { type LoadResult, loadResult } from './load-result.ts';

export interface LoadOrder extends Post {
  readonly connections: number;
  readonly forMs: number;
}

/** Posts on kept-alive connections, one request at a time on each, for a while. Rejects at the first answer that is not 200. */
export async function applyLoad(order: LoadOrder): Promise<LoadResult> {
  const request = requestBytes(order);
  const began = performance.now();
  const each = Array.from({ length: order.connections }, () => askUntil(began + order.forMs, order, request));
  return loadResult(began, await Promise.all(each));
}

interface Asked {
  readonly micros: number[];
  readonly answer: Uint8Array;
}

function askUntil(deadline: number, { port }: Post, request: Buffer): Promise<Asked> {
  const connection = openHttpConnection(port);
  const asked = new Promise<Asked>((resolve, reject) => {
    const micros: number[] = [];
    const ask = () => {
      const sent = performance.now();
      connection.send(request, ({ status, body }) => {
        const now = performance.now();
        micros.push((now - sent) * 1000);
        if (status !== 200) reject(new Error(`answer ${status}: ${body.toString('utf8', 0, 500)}`));
        else if (now < deadline) ask();
        else resolve({ micros, answer: body });
      });
    };
    ask();
  });
  return asked.finally(() => connection.close());
}
