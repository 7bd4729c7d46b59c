/** What a benchmark measured: one value a round, each a difference or a ratio within that round, or a plain reading. */
export interface Measured {
  readonly name: string;
  readonly unit: string;
  /** The value must not be above it; without one it is a reference, told to people so that they can judge for themselves. */
  readonly goal?: number | undefined;
  readonly rounds: readonly number[];
}

export type Verdict = 'holds' | 'missed' | 'undecided' | 'reference';

export interface Figure {
  readonly name: string;
  /** The median of the rounds. */
  readonly value: number;
  readonly unit: string;
  readonly goal?: number | undefined;
  readonly holds: boolean;
  /** The distance between the quartiles of the rounds, in the same unit. */
  readonly spread: number;
  readonly verdict: Verdict;
}

export const leastRounds = 5;

/** A figure is undecided where the rounds spread wider than the distance between value and goal. */
export function judge({ name, unit, goal, rounds }: Measured): Figure {
  if (rounds.length < leastRounds)
    throw new RangeError(`${name} has ${rounds.length} rounds; it takes ${leastRounds}`);
  const value = quantile(rounds, 0.5);
  const spread = quantile(rounds, 0.75) - quantile(rounds, 0.25);
  const verdict = verdictOf(value, spread, goal);
  return { name, value, unit, goal, holds: verdict === 'holds', spread, verdict };
}

function verdictOf(value: number, spread: number, goal: number | undefined): Verdict {
  if (goal === undefined) return 'reference';
  if (spread > Math.abs(goal - value)) return 'undecided';
  return value <= goal ? 'holds' : 'missed';
}

/** The q-quantile of values, with linear interpolation between the two nearest; NaN of none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}
