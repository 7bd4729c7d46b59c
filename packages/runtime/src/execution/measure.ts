import type { Clock } from '@skerry/kit';
import type { Session } from '../engines/engine.ts';
import { batchSizesUpTo } from './batch-size.ts';
import type { LatencyTable } from './latency-table.ts';
import { sampleFeeds } from './sample-feeds.ts';

/** What opening and calling a version took on its thread. */
export interface Measured {
  readonly loadMs: number;
  /** With one row; undefined where the model does not take samples made from its signature. */
  readonly callP50Us: number | undefined;
  readonly callP99Us: number | undefined;
  /** By how much the process grew. */
  readonly rssBytes: number;
}

/** Time for single calls and for batches, each, at most but for one call. */
const BUDGET_MS = 25;
const CALLS = 50;
/** Calls in a row that are judged together. */
const BURST = 10;
/** A larger batch is tried only where the one before saved so much: the memory it takes stays with the session. */
const SAVING = 0.9;

/** Calls with one row, after a first that finds memory. */
export function measureCalls(session: Session, table: LatencyTable, clock: Clock) {
  const end = clock.monotonic() + BUDGET_MS;
  const call = caller(session, 1, clock);
  call();
  const times: number[] = [];
  do times.push(call());
  while (times.length < CALLS && clock.monotonic() < end);
  for (const us of times) table.record(1, us);
  const calm = calmest(times);
  return { callP50Us: median(calm), callP99Us: Math.max(...calm) };
}

/**
 * The burst that was disturbed least, by its slowest call: what the system takes from a thread for others is not the
 * model's, and must not send a quick model to an instance because the machine was busy when it was loaded.
 */
export function calmest(times: readonly number[]): readonly number[] {
  const bursts = Math.max(1, Math.floor(times.length / BURST));
  const all = Array.from({ length: bursts }, (_, i) =>
    times.slice(i * BURST, i === bursts - 1 ? undefined : (i + 1) * BURST),
  );
  return all.toSorted((a, b) => Math.max(...a) - Math.max(...b))[0]!;
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

/** Batches of growing size, while they pay. */
export function measureBatches(session: Session, table: LatencyTable, most: number, clock: Clock): void {
  const end = clock.monotonic() + BUDGET_MS;
  let before = table.expected(1);
  for (const rows of batchSizesUpTo(most).slice(1)) {
    if (clock.monotonic() > end) return;
    const call = caller(session, rows, clock);
    call();
    // The quickest of a few is what others on the machine disturbed least.
    table.record(rows, Math.min(call(), call(), call()));
    const aRow = table.expected(rows) / rows;
    if (aRow > before * SAVING) return;
    before = aRow;
  }
}

/** Returns µs. */
function caller(session: Session, rows: number, clock: Clock): () => number {
  const feeds = sampleFeeds(session.inputs, rows);
  const names = session.outputs.map(({ name }) => name);
  return () => {
    const began = clock.monotonic();
    session.run(feeds, names);
    return (clock.monotonic() - began) * 1000;
  };
}
