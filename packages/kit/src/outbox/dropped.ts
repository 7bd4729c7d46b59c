import { z } from 'zod';
import type { Disk } from '../ports/disk.ts';
import type { DropReason, OutboxGap } from './outbox.ts';
import { decodeTwice, encodeTwice } from './twice.ts';

/** Numbers that were given up, first and last included. */
export interface Dropped {
  readonly first: number;
  readonly last: number;
  readonly reason: DropReason;
}

const FILE = 'dropped.json';
/** More than that many changes from one reason to another and back are told under one reason. */
const MAX_RANGES = 12;

const number = z.number().int().positive();
const range = z.object({ first: number, last: number, reason: z.enum(['quota', 'expired']) });
const file = z.object({ streamId: z.string(), ranges: z.array(range) });

/**
 * A stream's drop notices, ascending and without a number between two of them. None of another stream's id count;
 * a damaged file has none, and then what is gone is `missing`.
 */
export async function readDropped(disk: Disk, folder: string, streamId: string): Promise<Dropped[]> {
  const bytes = await disk.readIfThere(`${folder}/${FILE}`);
  const read = bytes && file.safeParse(decodeTwice(bytes)).data;
  return read?.streamId === streamId ? read.ranges : [];
}

export async function writeDropped(
  disk: Disk,
  folder: string,
  streamId: string,
  ranges: readonly Dropped[],
): Promise<void> {
  await disk.writeAtomic(`${folder}/${FILE}`, encodeTwice({ streamId, ranges }));
}

/**
 * The notices with one more behind them. Numbers between it and the last one were freed by the reader, so the hub
 * has them and whatever lies before: notices of that have arrived, and go.
 */
export function withDropped(ranges: readonly Dropped[], { first, last, reason }: Dropped): Dropped[] {
  const end = ranges.at(-1)?.last ?? 0;
  if (last <= end) return [...ranges];
  if (first > end + 1) return [{ first, last, reason }];
  return bounded(joined(ranges, { first: Math.max(first, end + 1), last, reason }));
}

function joined(ranges: readonly Dropped[], added: Dropped): Dropped[] {
  const before = ranges.at(-1);
  if (before?.reason !== added.reason) return [...ranges, added];
  return [...ranges.slice(0, -1), { ...before, last: added.last }];
}

function bounded(ranges: Dropped[]): Dropped[] {
  const [oldest, second, ...rest] = ranges;
  if (ranges.length <= MAX_RANGES || !oldest || !second) return ranges;
  return [{ first: oldest.first, last: second.last, reason: 'quota' }, ...rest];
}

/** What became of the numbers from `first` to `last`, whose records are gone: what no notice covers is `otherwise`. */
export function gapsIn(
  ranges: readonly Dropped[],
  first: number,
  last: number,
  otherwise: OutboxGap['reason'],
): OutboxGap[] {
  const gaps: OutboxGap[] = [];
  let from = first;
  for (const { reason, ...it } of ranges) {
    const [start, end] = [Math.max(it.first, from), Math.min(it.last, last)];
    if (start > end) continue;
    if (start > from) gaps.push({ first: from, last: start - 1, reason: otherwise });
    gaps.push({ first: start, last: end, reason });
    from = end + 1;
  }
  return from > last ? gaps : [...gaps, { first: from, last, reason: otherwise }];
}
