import type { Benchmark, Reading } from '../benchmark.ts';
import { type Load, startLoad } from '../load/start-load.ts';
import { startHelper } from '../orders.ts';
import { pssMegabytes } from '../process-stat.ts';
import { startSeconds } from '../serve-start.ts';
import type { BareSessionsOrder } from '../sides/bare-sessions-child.ts';
import { type ModelFolder, modelFolder } from '../sides/model-folder.ts';
import { inferPath, startRuntime } from '../sides/runtime.ts';
import { binaryBody, type Case, digits, jsonBody, mobilenet } from './cases.ts';

/** What models take from a device's memory, few and many. */
export const memory: Benchmark = {
  name: 'serving-memory',
  notes: [
    'memory: PSS in MB of 10⁶ bytes. Two models: digits_cnn at 16 connections, then mobilenet_v3_small binary at 4. Forty:',
    '  twenty copies of each under names of their own, two serving threads, every one asked on new connections; beside',
    '  a bare process that opens each once and runs it once.',
  ],
  async open({ quick, stack }) {
    const forMs = quick ? 1_000 : 4_000;
    const load = stack.use(startLoad());
    const few = stack.use(await modelFolder(digits, mobilenet));
    const models = fortyModels();
    const forty = { models, folder: stack.use(await modelFolder(...models)) };
    return async () => [
      ...(await measureFew(few, load, forMs)),
      await measureStart(few),
      ...(await measureForty(forty, load)),
    ];
  },
};

async function measureFew(folder: ModelFolder, load: Load, forMs: number): Promise<Reading[]> {
  await using runtime = await startRuntime(folder.path);
  const { port, pid } = runtime;
  await load.closed({ port, path: inferPath(digits.name), ...jsonBody(digits), connections: 16, forMs });
  const large = { path: inferPath(mobilenet.name), ...binaryBody(mobilenet) };
  await load.closed({ port, ...large, connections: 4, forMs });
  const value = pssMegabytes(pid);
  return [{ name: 'PSS, digits_cnn and mobilenet_v3_small, after load', unit: 'MB', goal: 130, value }];
}

async function measureStart(folder: ModelFolder): Promise<Reading> {
  const value = await startSeconds(folder.path);
  return { name: 'start to ready, the same models', unit: 's', goal: 0.5, value };
}

interface Forty {
  readonly folder: ModelFolder;
  readonly models: readonly Case[];
}

function fortyModels(): Case[] {
  const twenty = (one: Case) =>
    Array.from({ length: 20 }, (_, i) => ({ ...one, name: `${one.name}_${i + 1}` }));
  return [digits, mobilenet].flatMap(twenty);
}

async function measureForty({ folder, models }: Forty, load: Load): Promise<Reading[]> {
  const served = await pssOfForty(folder, models, load);
  await using bare = startHelper<BareSessionsOrder, number>('sides/bare-sessions-child');
  await bare.ask({ models });
  const alone = pssMegabytes(bare.pid);
  return [
    { name: 'PSS of forty models beside bare sessions', unit: '×', goal: 1.25, value: served / alone },
    { name: 'PSS of forty models: runtime, two serving threads', unit: 'MB', value: served },
    { name: 'PSS of forty models: bare sessions', unit: 'MB', value: alone },
  ];
}

async function pssOfForty(folder: ModelFolder, models: readonly Case[], load: Load): Promise<number> {
  await using runtime = await startRuntime(folder.path, ['--serving-threads', '2']);
  if (runtime.models.length !== models.length)
    throw new Error(`${runtime.models.length} of ${models.length} models serve`);
  for (const one of models) {
    const post = one.file === digits.file ? jsonBody(one) : binaryBody(one);
    // Several connections, so that the kernel gives some to each serving thread.
    await load.closed({ port: runtime.port, path: inferPath(one.name), ...post, connections: 6, forMs: 30 });
  }
  return pssMegabytes(runtime.pid);
}
