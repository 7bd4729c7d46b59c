import { answerOrders } from '../orders.ts';
import { type BenchStream, benchStream } from './bench-stream.ts';
import { type Bodies, bodiesOf } from './bodies.ts';
import type { BenchDevice } from './join-devices.ts';

export type FloodOrder =
  | { readonly open: { readonly port: number; readonly devices: BenchDevice[]; readonly perBatch: number } }
  | { readonly forMs: number };

export interface Flooded {
  /** Messages that the hub acknowledged. */
  readonly acknowledged: number;
  readonly tookMs: number;
}

/** More than any hub takes of one fleet in a second. */
const MOST_PER_SECOND = 60_000;

interface Fleet {
  readonly streams: readonly BenchStream[];
  readonly bodies: Bodies;
}
let fleet: Fleet = { streams: [], bodies: bodiesOf(1) };

// Devices that have always more to send, each with one batch on its way, as an agent has.
answerOrders(async (order: FloodOrder): Promise<Flooded> => {
  if ('forMs' in order) return flood(fleet, order.forMs);
  const { port, devices, perBatch } = order.open;
  const bodies = bodiesOf(perBatch);
  const streams = devices.map((device) => benchStream(device, bodies));
  for (const stream of streams) await stream.begin(port);
  fleet = { streams, bodies };
  return { acknowledged: 0, tookMs: 0 };
});

const held = (streams: readonly BenchStream[]) =>
  streams.reduce((sum, { acknowledged }) => sum + acknowledged, 0);

async function flood({ streams, bodies }: Fleet, forMs: number): Promise<Flooded> {
  const most = (MOST_PER_SECOND * forMs) / 1000 / streams.length;
  bodies.prepare(Math.max(...streams.map(({ acknowledged }) => acknowledged)) + most);
  const before = held(streams);
  const began = performance.now();
  await Promise.all(streams.map((stream) => sendUntil(stream, began + forMs)));
  return { acknowledged: held(streams) - before, tookMs: performance.now() - began };
}

async function sendUntil(stream: BenchStream, deadline: number): Promise<void> {
  while (performance.now() < deadline) await stream.send();
}

// Its connections would keep it alive.
process.once('disconnect', () => process.exit());
