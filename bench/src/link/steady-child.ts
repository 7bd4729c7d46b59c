import { setTimeout as sleep } from 'node:timers/promises';
import { answerOrders } from '../orders.ts';
import { type BenchStream, benchStream } from './bench-stream.ts';
import { bodiesOf } from './bodies.ts';
import type { BenchDevice } from './join-devices.ts';

export interface SteadyOrder {
  readonly port: number;
  readonly devices: BenchDevice[];
  readonly perBatch: number;
  readonly everyMs: number;
}

// Devices that are connected all the time and send a batch now and then, from the first order until the parent lets go.
answerOrders(async ({ port, devices, perBatch, everyMs }: SteadyOrder): Promise<number> => {
  const bodies = bodiesOf(perBatch);
  bodies.prepare(perBatch * 100);
  const streams = devices.map((device) => benchStream(device, bodies));
  for (const stream of streams) await stream.begin(port);
  for (const [index, stream] of streams.entries())
    void sendSteadily(stream, everyMs, (index * everyMs) / streams.length);
  return streams.length;
});

async function sendSteadily(stream: BenchStream, everyMs: number, offsetMs: number): Promise<void> {
  await sleep(offsetMs);
  for (let due = performance.now(); ; due += everyMs) {
    await sleep(Math.max(0, due - performance.now()));
    await stream.send();
  }
}

// Its connections would keep it alive; and a device that is cut off has to be seen.
process.once('disconnect', () => process.exit());
