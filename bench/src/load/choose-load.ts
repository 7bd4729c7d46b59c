import type { BenchmarkOptions } from '../benchmark.ts';
import type { LoadOrder } from './closed-loop.ts';
import { startLoad } from './start-load.ts';
import { applyWrk, hasWrk } from './wrk.ts';

export type ThroughputLoad = (order: LoadOrder) => Promise<{ readonly requestsPerSecond: number }>;

/** For comparisons of requests a second: wrk where it is installed, else a process of our own. */
export async function chooseLoad(
  stack: AsyncDisposableStack,
  say: BenchmarkOptions['say'],
): Promise<ThroughputLoad> {
  if (await hasWrk()) return applyWrk;
  say('wrk is not installed: a load of our own, which takes more of the cores, stands in for it');
  return stack.use(startLoad()).closed;
}
