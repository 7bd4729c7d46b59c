import type { LatencyTable } from './latency-table.ts';

/** A larger batch must be worth so much of the work of one: it keeps its first request waiting. */
const WORTH = 0.95;

/** Sizes that are tried: powers of two up to `most`, and `most`. */
export function batchSizesUpTo(most: number): number[] {
  const sizes: number[] = [];
  for (let size = 1; size < most; size *= 2) sizes.push(size);
  return [...sizes, most];
}

/**
 * The smallest size whose rows cost hardly more than those of any other, among those that leave a request that just
 * missed a batch time for the next.
 */
export function chooseBatch(
  table: Pick<LatencyTable, 'expected'>,
  most: number,
  objectiveMs: number,
): number {
  let chosen = 1;
  for (const size of batchSizesUpTo(most)) {
    if (2 * table.expected(size) > objectiveMs * 1000) break;
    if (table.expected(size) / size < (table.expected(chosen) / chosen) * WORTH) chosen = size;
  }
  return chosen;
}
