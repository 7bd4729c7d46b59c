import type { ModelServing } from '@skerry/contracts';

/** What a thread that serves nothing found out about a model, in ms. */
export interface Measured {
  /** How long opening it blocked the thread. */
  readonly openMs: number;
  /** Of calls with the smallest input, after warming up; undefined where no call of zeros succeeded. */
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
}

/** Where a version runs, and why. */
export interface Placement {
  /** `inline` on the thread that reads the request, `instance` on a thread that serves nothing. */
  readonly execution: 'inline' | 'instance';
  readonly reason: string;
}

/** Longer calls on a serving thread would be felt by all requests behind them. */
const CALL_MS = 1;
/** Opening a session blocks a serving thread too. */
const OPEN_MS = 10;

/**
 * Chooses by what was measured, unless model.yaml says otherwise.
 *
 * @param branches  operators such as `Loop` that the graph has, whose calls take as long as their input says; undefined
 *   for a large file
 */
export function placementOf(
  serving: ModelServing | undefined,
  { openMs, p99Ms }: Measured,
  branches: readonly string[] | undefined,
): Placement {
  if (serving?.execution)
    return { execution: serving.execution, reason: `model.yaml says ${serving.execution}` };
  if (serving?.cores) return { execution: 'instance', reason: 'model.yaml gives it cores of its own' };
  if (branches === undefined)
    return { execution: 'instance', reason: 'its file is large, and one session of it is enough' };
  if (branches.length > 0)
    return { execution: 'instance', reason: `it has ${branches.join(' and ')}, so calls may take any time` };
  if (p99Ms === undefined)
    return { execution: 'instance', reason: 'no call of zeros succeeded, so nothing is known of its speed' };
  const figures = `a call takes ${shown(p99Ms)} ms at p99, opening it ${shown(openMs)} ms`;
  const isQuick = p99Ms <= CALL_MS && openMs <= OPEN_MS;
  return { execution: isQuick ? 'inline' : 'instance', reason: figures };
}

/** Whether opening it decides, which the first time may have been slow for a cold disk or a busy machine. */
export function hangsOnOpening({ openMs, p99Ms }: Measured): boolean {
  return p99Ms !== undefined && p99Ms <= CALL_MS && openMs > OPEN_MS;
}

const shown = (ms: number) => Number(ms.toPrecision(2));
