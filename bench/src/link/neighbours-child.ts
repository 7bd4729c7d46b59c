import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { peopleOf } from '@skerry/testkit';
import { answerOrders } from '../orders.ts';

export interface NeighboursOrder {
  readonly api: string;
  readonly token: string;
  /** Of this device, by name, telemetry is asked for. */
  readonly device: string;
  readonly pushBytes: number;
}

export interface Neighbours {
  readonly pushMs: number;
  /** Pages of 5,000 messages that were read meanwhile. */
  readonly pages: number;
}

// What people do beside a hub's devices: they push a large blob and read telemetry, page after page.
answerOrders(async (order: NeighboursOrder): Promise<Neighbours> => {
  let pushing = true;
  const pushed = push(order).finally(() => {
    pushing = false;
  });
  const pages = await readWhile(order, () => pushing);
  return { pushMs: await pushed, pages };
});

async function push({ api, token, pushBytes }: NeighboursOrder): Promise<number> {
  const blob = randomBytes(pushBytes);
  const digest = `sha256:${createHash('sha256').update(blob).digest('hex')}`;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' };
  const began = performance.now();
  const url = `${api}/v2/default/models/bench/blobs/uploads/?digest=${digest}`;
  const status = await new Promise<number>((resolve, reject) => {
    const asked = request(url, { method: 'POST', headers: { ...headers, 'content-length': blob.length } });
    asked.once('response', (answer) => resolve(answer.resume().statusCode ?? 0)).once('error', reject);
    asked.end(blob);
  });
  if (status !== 201) throw new Error(`the hub did not take the blob: ${status}`);
  return performance.now() - began;
}

async function readWhile({ api, token, device }: NeighboursOrder, goesOn: () => boolean): Promise<number> {
  const { devices } = peopleOf(api, token);
  let pages = 0;
  for (let after: string | undefined; goesOn(); pages++) {
    const page = await devices.messages(device, { after });
    after = page.items.length > 0 ? page.next : undefined;
  }
  return pages;
}
