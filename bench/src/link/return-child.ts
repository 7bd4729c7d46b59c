import { setTimeout as sleep } from 'node:timers/promises';
import { answerOrders } from '../orders.ts';
import { benchStream } from './bench-stream.ts';
import { type Bodies, bodiesOf } from './bodies.ts';
import type { BenchDevice } from './join-devices.ts';

export interface ReturnOrder {
  readonly port: number;
  readonly devices: BenchDevice[];
  /** Messages that each of them holds when it returns; a multiple of `perBatch`. */
  readonly backlog: number;
  readonly perBatch: number;
}

export interface Returned {
  /** Devices that have brought all. */
  readonly drained: number;
  /** From the first connection until the last acknowledgement. */
  readonly tookMs: number;
  /** When each was done, ms from the beginning, in the order in which they were. */
  readonly doneMs: readonly number[];
  /** Answers of a busy hub: come back later. */
  readonly sentAway: number;
  /** Connections that the hub, or its machine, did not take. */
  readonly refused: number;
}

// Devices that were away and return at the same moment, each with its backlog, as after an outage of the hub's line.
answerOrders(async ({ port, devices, backlog, perBatch }: ReturnOrder): Promise<Returned> => {
  const bodies = bodiesOf(perBatch);
  bodies.prepare(backlog);
  const counts = { sentAway: 0, refused: 0 };
  const doneMs: number[] = [];
  const began = performance.now();
  const bring = async (device: BenchDevice) => {
    await comeBack(device, bodies, backlog, port, counts);
    doneMs.push(performance.now() - began);
  };
  await Promise.all(devices.map(bring));
  return { drained: doneMs.length, tookMs: performance.now() - began, doneMs, ...counts };
});

const MOST_TRIES = 50;
/** The agent's own pause after a try that failed lies between none and a second at first. */
const FIRST_PAUSE_MS = 1_000;

async function comeBack(
  device: BenchDevice,
  bodies: Bodies,
  backlog: number,
  port: number,
  counts: { sentAway: number; refused: number },
): Promise<void> {
  const stream = benchStream(device, bodies, backlog);
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const answer = await stream.begin(port).catch(() => 'refused' as const);
    if (answer === 'refused') {
      counts.refused += 1;
      await sleep(Math.random() * FIRST_PAUSE_MS);
      continue;
    }
    if (answer === 'welcome') {
      while (stream.acknowledged < backlog) await stream.send();
      return stream.close();
    }
    counts.sentAway += 1;
    await stream.close();
    await sleep(answer);
  }
  throw new Error('a device did not get in');
}
