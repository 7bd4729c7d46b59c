import { openStage, startFilming, startMeterSite, until } from '@skerry/testkit';
import type { Benchmark, BenchmarkOptions, Reading } from './benchmark.ts';

/** How long a site is without its runtime when that is killed at work. */
export const recovery: Benchmark = {
  name: 'recovery',
  notes: [
    'From `kill -9` of a runtime that reads 50 frames a second to another in its place whose pipeline serves.',
    'Each round is a site of its own: the agent lets one that dies young again and again wait.',
  ],
  async open({ say }) {
    return async () => {
      await using stack = new AsyncDisposableStack();
      return [await measureRecovery({ stack, say })];
    };
  },
};

async function measureRecovery({ stack, say }: Pick<BenchmarkOptions, 'stack' | 'say'>): Promise<Reading> {
  say('recovery: starting a hub and a device');
  const after = (end: () => Promise<void>) => stack.defer(end);
  const stage = openStage({ name: 'recovery', passed: true, after }, { built: true });
  const site = await startMeterSite(stage);
  const camera = await startFilming(openStage({ name: 'recovery', passed: true, after }), site);
  const { pid, instanceId } = await site.agent.runtime();
  const killedAt = performance.now();
  process.kill(pid, 'SIGKILL');
  const serves = async () => {
    const now = await site.agent.runtime();
    return now.instanceId !== instanceId && now.pipelines.some(({ phase }) => phase === 'Serving');
  };
  await until(serves, { what: 'another runtime serves the pipeline', deadline: 60_000, every: 10 });
  const value = (performance.now() - killedAt) / 1000;
  await camera.stop();
  return { name: 'runtime, killed to serving again', unit: 's', goal: 2, value };
}
