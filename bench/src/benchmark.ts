import { type Bound, type Figure, judge, leastRounds, quickRounds } from './judge.ts';
import { shown } from './report.ts';

/** One value of one figure in one round. */
export interface Reading {
  readonly name: string;
  readonly unit: string;
  readonly goal?: number;
  /** Of the goal; `at most` where nothing is said. */
  readonly bound?: Bound;
  readonly value: number;
}

export interface BenchmarkOptions {
  /** Short and few rounds: ends within 45 s, unless it has to install or to fill a memory first. */
  readonly quick: boolean;
  /** Whatever the benchmark starts goes here, and is ended with it. */
  readonly stack: AsyncDisposableStack;
  /** Tells people what is going on. */
  readonly say: (text: string) => void;
}

export interface Benchmark {
  readonly name: string;
  /** What a reader of the figures has to know. */
  readonly notes: readonly string[];
  /** Prepares, and gives what one round does: everything that is compared is measured within each round. */
  open(options: BenchmarkOptions): Promise<() => Promise<readonly Reading[]>>;
}

/** Runs a benchmark's rounds and judges what they gave, figures in the order of their first reading. */
export async function runBenchmark(benchmark: Benchmark, options: BenchmarkOptions): Promise<Figure[]> {
  const round = await benchmark.open(options);
  const count = options.quick ? quickRounds : leastRounds;
  const rounds: (readonly Reading[])[] = [];
  for (let i = 1; i <= count; i++) {
    options.say(`${benchmark.name}: round ${i} of ${count}`);
    const readings = await round();
    for (const { name, unit, value } of readings) options.say(`  ${name}: ${shown(value)} ${unit}`.trimEnd());
    rounds.push(readings);
  }
  return figuresOf(rounds);
}

export function figuresOf(rounds: readonly (readonly Reading[])[]): Figure[] {
  const byName = Map.groupBy(rounds.flat(), ({ name }) => name);
  return [...byName.values()].map((readings) => {
    const { name, unit, goal, bound } = readings[0]!;
    return judge({ name, unit, goal, bound, rounds: readings.map(({ value }) => value) });
  });
}
