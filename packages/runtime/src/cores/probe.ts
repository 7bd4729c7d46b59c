import type { CoreLatency, CoreReport } from '@skerry/contracts';
import type { Ports } from '@skerry/kit';
import { failure } from '../errors.ts';
import { type CoreSamples, measureCore } from './measure-core.ts';
import { currentThreadId, pinThread } from './pin.ts';
import { threadStatus } from './thread-status.ts';

/** Short, so that a burst of somebody else's work meets all cores alike. */
const SLICE_MS = 100;

/**
 * Finds the quietest of the cores that this process may use: the calling thread goes from one to the next, round after
 * round, and is left where it was. Blocks the thread for most of the time.
 *
 * @param msPerCore  how long to measure on each core, in total
 * @throws PinningUnavailable
 */
export async function probeCores(
  ports: Pick<Ports, 'clock' | 'processes'>,
  msPerCore: number,
): Promise<CoreReport> {
  const cores = usableCores();
  const samples = new Map<number, CoreSamples[]>(cores.map((core) => [core, []]));
  const rounds = Math.max(1, Math.round(msPerCore / SLICE_MS));
  try {
    for (let round = 0; round < rounds; round++)
      for (const core of cores) {
        await moveTo(ports, [core]);
        samples.get(core)!.push(measureCore(SLICE_MS));
      }
  } finally {
    await pinThread(ports, currentThreadId(), cores);
  }
  return reportOf(cores.map((core) => latencyOf(core, samples.get(core)!)));
}

function usableCores(): readonly number[] {
  if (process.platform !== 'linux')
    throw failure(
      'PinningUnavailable',
      `${process.platform} does not let a program choose the core of a thread`,
    );
  return threadStatus('self').cores;
}

async function moveTo(ports: Pick<Ports, 'clock' | 'processes'>, cores: readonly number[]): Promise<void> {
  const placed = await pinThread(ports, currentThreadId(), cores);
  if (!placed.done) throw failure('PinningUnavailable', `core ${cores.join()}: ${placed.reason}`);
}

/** The quietest loses the least, and of equals wakes the soonest. */
export function reportOf(cores: readonly CoreLatency[]): CoreReport {
  const [quietest] = cores.toSorted((a, b) => a.lost - b.lost || a.p99Us - b.p99Us);
  return { cores: [...cores], quietest: quietest!.core };
}

export function latencyOf(core: number, samples: readonly CoreSamples[]): CoreLatency {
  const overshoots = samples.flatMap(({ overshootsUs }) => overshootsUs).sort((a, b) => a - b);
  const gaps = samples.flatMap(({ gapsUs }) => gapsUs);
  const busyUs = 1000 * samples.reduce((sum, { busyMs }) => sum + busyMs, 0);
  return {
    core,
    p50Us: round(quantile(overshoots, 0.5)),
    p99Us: round(quantile(overshoots, 0.99)),
    longestUs: round(gaps.reduce((a, b) => Math.max(a, b), overshoots.at(-1) ?? 0)),
    lost: Math.min(1, gaps.reduce((a, b) => a + b, 0) / busyUs),
  };
}

/** The smallest value that the wanted share of them does not exceed. A timer may fire a little early: that is no wait. */
const quantile = (sorted: readonly number[], share: number) =>
  Math.max(0, sorted[Math.ceil(sorted.length * share) - 1] ?? 0);
const round = (us: number) => Math.round(us * 10) / 10;
