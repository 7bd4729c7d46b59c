import { setTimeout as sleep } from 'node:timers/promises';
import { type MeterSite, openStage, startCamera, startMeterSite } from '@skerry/testkit';
import type { Benchmark, BenchmarkOptions, Reading } from './benchmark.ts';
import { leastRounds } from './judge.ts';
import { cpuMicros, pssMegabytes } from './process-stat.ts';
import { measureServeStart } from './serve-start.ts';

/** The processes of an edge node. */
interface Node {
  readonly agent: number;
  readonly runtime: number;
}

/** What an edge node takes from a small device: memory at work, CPU when idle, time to start. */
export const footprint: Benchmark = {
  name: 'footprint',
  notes: [
    'PSS in MB of 10⁶ bytes, with the digit model, while a camera sends 50 frames a second and the hub takes the results.',
    'Idle: connected, no camera. Start: `skerry serve` with one model, from the start of the process to ready.',
  ],
  async open(options) {
    const site = await startWorkingSite(options);
    const node = await processesOf(site);
    const memory = await measureMemory(options, site, node);
    // What was at work a moment ago still collects garbage and compiles; an idle node does neither.
    await sleep(options.quick ? 3_000 : 15_000);
    let index = 0;
    return async () => {
      const idle = await measureIdle(node, options.quick ? 1_000 : 10_000);
      const start = await measureServeStart();
      return [...(memory[index++] ?? []), idle, start];
    };
  },
};

/** A hub and a device from the build, that reads digits. */
async function startWorkingSite({ stack, say }: BenchmarkOptions): Promise<MeterSite> {
  say('footprint: starting a hub and a device');
  const stage = openStage(storyOf(stack), { built: true });
  return startMeterSite(stage);
}

/** A stage ends with the benchmark. */
function storyOf(stack: AsyncDisposableStack) {
  return { name: 'footprint', passed: true, after: (end: () => Promise<void>) => stack.defer(end) };
}

async function processesOf({ agent }: MeterSite): Promise<Node> {
  const { pid } = await agent.runtime();
  return { agent: agent.program.pid, runtime: pid };
}

/** One reading a second, the last ones of the time at work. */
async function measureMemory({ quick, stack, say }: BenchmarkOptions, site: MeterSite, node: Node) {
  const workSeconds = quick ? 20 : 60;
  const stage = openStage(storyOf(stack));
  const camera = await startCamera(stage, { url: site.frames });
  say(`footprint: ${workSeconds} s of work`);
  await sleep((workSeconds - leastRounds) * 1_000);
  const readings: Reading[][] = [];
  for (let i = 0; i < leastRounds; i++) {
    await sleep(1_000);
    readings.push(memoryOf(node, workSeconds));
  }
  await camera.stop();
  return readings;
}

function memoryOf({ agent, runtime }: Node, workSeconds: number): Reading[] {
  const after = `PSS after ${workSeconds} s of work`;
  return [
    { name: `agent, ${after}`, unit: 'MB', goal: 75, value: pssMegabytes(agent) },
    { name: `runtime, ${after}`, unit: 'MB', goal: 110, value: pssMegabytes(runtime) },
  ];
}

async function measureIdle(node: Node, windowMs: number): Promise<Reading> {
  const used = () => cpuMicros(node.agent) + cpuMicros(node.runtime);
  const [before, began] = [used(), performance.now()];
  await sleep(windowMs);
  const percent = (used() - before) / ((performance.now() - began) * 10);
  return { name: 'agent and runtime, CPU when idle', unit: '% of a core', goal: 0.5, value: percent };
}
