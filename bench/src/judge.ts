/** What a benchmark measured: one value a round, each a difference or a ratio within that round, or a plain reading. */
export interface Measured {
  readonly name: string;
  readonly unit: string;
  /** Without one it is a reference, told to people so that they can judge for themselves. */
  readonly goal?: number | undefined;
  /** Whether the value must not be above its goal, which is the rule, or not below it. */
  readonly bound?: Bound | undefined;
  readonly rounds: readonly number[];
}

export type Bound = 'at most' | 'at least';
/** `failed`: it could not be measured at all. */
export type Verdict = 'holds' | 'missed' | 'undecided' | 'reference' | 'failed';

export interface Figure {
  readonly name: string;
  /** The median of the rounds; NaN of what failed. */
  readonly value: number;
  readonly unit: string;
  readonly goal?: number | undefined;
  readonly bound?: Bound | undefined;
  readonly holds: boolean;
  /** The distance between the quartiles of the rounds, in the same unit. */
  readonly spread: number;
  readonly verdict: Verdict;
  /** Why it failed. */
  readonly error?: string;
}

/** What a claim takes. */
export const leastRounds = 7;
/** What a look takes. */
export const quickRounds = 3;

/** A figure is undecided where the rounds spread wider than the distance between value and goal. */
export function judge({ name, unit, goal, bound, rounds }: Measured): Figure {
  if (rounds.length < quickRounds)
    throw new RangeError(`${name} has ${rounds.length} rounds; it takes ${quickRounds}`);
  const value = quantile(rounds, 0.5);
  const spread = quantile(rounds, 0.75) - quantile(rounds, 0.25);
  const verdict = verdictOf(value, spread, goal, bound);
  return { name, value, unit, goal, bound, holds: verdict === 'holds', spread, verdict };
}

function verdictOf(value: number, spread: number, goal: number | undefined, bound?: Bound): Verdict {
  if (goal === undefined) return 'reference';
  if (spread > Math.abs(goal - value)) return 'undecided';
  const holds = bound === 'at least' ? value >= goal : value <= goal;
  return holds ? 'holds' : 'missed';
}

/** A benchmark that broke off: no figure of it is left out in silence. */
export function failedFigure(name: string, error: unknown): Figure {
  const reason = error instanceof Error ? error.message : String(error);
  return {
    name,
    value: Number.NaN,
    unit: '',
    holds: false,
    spread: Number.NaN,
    verdict: 'failed',
    error: reason,
  };
}

/** The q-quantile of values, with linear interpolation between the two nearest; NaN of none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}
