import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from '../benchmark.ts';
import { latencyMs, tally } from '../load/arrivals.ts';
import type { Arrivals } from '../load/open-loop.ts';
import { startLoad } from '../load/start-load.ts';
import { type ModelFolder, modelFolder } from '../sides/model-folder.ts';
import { orderModel } from '../sides/repository.ts';
import { inferPath, startRuntime } from '../sides/runtime.ts';
import { binaryBody, type Case, digits, jsonBody, mobilenet } from './cases.ts';

/** A new version in place of the one that serves, while requests come. */
export const swap: Benchmark = {
  name: 'serving-swap',
  notes: [
    'swap: a new version is put into the repository and loaded while requests arrive on a schedule (digits_cnn JSON',
    '  1,000 a second, mobilenet_v3_small binary 100); during: from the order to load until the old version is away.',
  ],
  async open({ quick, stack }) {
    const forMs = quick ? 2_000 : 4_000;
    const load = stack.use(startLoad());
    const folder = stack.use(await modelFolder(digits, mobilenet));
    const runtime = stack.use(await startRuntime(folder.path));
    const subjects = [
      { one: digits, perSecond: 1_000, ...jsonBody(digits) },
      { one: mobilenet, perSecond: 100, ...binaryBody(mobilenet) },
    ];
    let version = 1;
    return async () => {
      version++;
      const readings = [];
      for (const { one, ...post } of subjects) {
        const order = { port: runtime.port, path: inferPath(one.name), ...post, forMs, connections: 64 };
        const before = await load.open(order);
        const loaded = load.open(order);
        const [began, ended] = await swapTo(folder, one, version, runtime.port, forMs / 4);
        readings.push(...compare(one.name, before, await loaded, began, ended));
      }
      return readings;
    };
  },
};

/** Puts the next version there, loads it and takes the last one away; between which times, in ms since the epoch. */
async function swapTo(folder: ModelFolder, one: Case, version: number, port: number, afterMs: number) {
  await sleep(afterMs);
  const began = Date.now();
  await folder.add({ ...one, version });
  await orderModel(port, one.name, 'load');
  await folder.removeVersion(one.name, version - 1);
  return [began, Date.now() + drainMs] as const;
}

/** The old version's session ends behind the switch. */
const drainMs = 200;

function compare(model: string, before: Arrivals, during: Arrivals, began: number, ended: number) {
  const [usual, swapped] = [latencyMs(before, 0.99), latencyMs(during, 0.99, began, ended)];
  return [
    { name: `dropped in a swap, ${model}`, unit: 'requests', goal: 0, value: tally(during).dropped },
    { name: `p99 in a swap beside before, ${model}`, unit: '×', goal: 2, value: swapped / usual },
    { name: `p99, ${model}: before`, unit: 'ms', value: usual },
    { name: `p99, ${model}: in a swap`, unit: 'ms', value: swapped },
    { name: `time of a swap, ${model}`, unit: 'ms', value: ended - began - drainMs },
  ];
}
