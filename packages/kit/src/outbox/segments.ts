import type { Disk, ReadFile } from '../ports/disk.ts';
import { PAGE_BYTES } from './failing-pages.ts';
import type { OutboxGap, OutboxRecord } from './outbox.ts';
import type { PatientFile } from './patient-disk.ts';
import {
  crcSeed,
  decodeHeader,
  dueBehind,
  findRecord,
  firstOfName,
  HEADER_BYTES,
  LEAST_HEADER_BYTES,
  MAX_RECORD_BYTES,
  RECORD_HEADER_BYTES,
  type ReadHeader,
  scanRecords,
} from './segment.ts';

export interface SegmentFile {
  readonly path: string;
  readonly first: number;
  readonly size: number;
}

/** A place in a segment: the number that is due, and where its record should begin. */
export interface Place {
  readonly number: number;
  readonly offset: number;
}

export interface Step {
  readonly records: OutboxRecord[];
  readonly gaps: OutboxGap[];
  readonly place: Place;
}

/** The segments of a folder, by their first number. */
export async function listSegments(disk: Disk, folder: string): Promise<SegmentFile[]> {
  const segments: SegmentFile[] = [];
  for (const { name, size, kind } of await disk.list(folder)) {
    const first = firstOfName(name);
    if (first !== undefined && kind === 'file') segments.push({ path: `${folder}/${name}`, first, size });
  }
  return segments;
}

/** A segment's header; undefined when that is damaged. */
export async function headerOf(disk: Disk, path: string): Promise<ReadHeader | undefined> {
  const file = await disk.openRead(path);
  try {
    return decodeHeader(await file.read(0, HEADER_BYTES));
  } finally {
    await file.close();
  }
}

/** Where the records begin; behind a damaged header the first one is searched for. */
export async function startOf(file: ReadFile, { first }: Pick<SegmentFile, 'first'>): Promise<Place> {
  const header = decodeHeader(await file.read(0, HEADER_BYTES));
  return { number: first, offset: header?.bytes ?? 0 };
}

/**
 * Reads on from `place` up to `size`, past a bad record if it must: then that one's number is a gap, and maybe
 * those of others after it. Without records or gaps in the answer, `place` is the end of what is good.
 */
export async function stepThrough(
  file: ReadFile,
  size: number,
  place: Place,
  streamId: string,
  maxBytes: number,
): Promise<Step> {
  const seed = crcSeed(streamId);
  const left = Math.max(0, size - place.offset);
  const bytes = await file.read(place.offset, Math.min(left, Math.max(maxBytes, MAX_RECORD_BYTES)));
  const { records, end } = scanRecords(bytes, 0, place.number, seed, maxBytes);
  if (records.length > 0) {
    return {
      records,
      gaps: [],
      place: { number: place.number + records.length, offset: place.offset + end },
    };
  }
  const all = left > bytes.length ? await file.read(place.offset, left) : bytes;
  const found = findRecord(all, 0, place.number, seed);
  if (!found) return { records: [], gaps: [], place };
  const gap: OutboxGap = { first: place.number, last: found.number - 1, reason: 'corrupt' };
  return {
    records: [],
    gaps: gap.last >= gap.first ? [gap] : [],
    place: { number: found.number, offset: place.offset + found.at },
  };
}

/** The end of what is good in a segment: the number due next, and where to cut. */
export async function endOf(file: ReadFile, size: number, from: Place, streamId: string): Promise<Place> {
  for (let place = from; ; ) {
    const step = await stepThrough(file, size, place, streamId, SCAN_BYTES);
    if (step.place.offset === place.offset) return place;
    place = step.place;
  }
}

/**
 * The number due next behind the end of what is good: that of no record which lies there whole and damaged, or may
 * lie where nothing can be read, since somebody may have been told that it is safe.
 */
export async function dueAt(file: PatientFile, size: number, end: Place, streamId: string): Promise<number> {
  const from = Math.max(end.offset, LEAST_HEADER_BYTES);
  if (size <= from) return end.number;
  const due = dueBehind(await file.read(from, size - from), end.number, streamId);
  return due + file.givenUpBehind(from) * MOST_RECORDS_A_PAGE;
}

/** One may begin in the page before. */
const MOST_RECORDS_A_PAGE = PAGE_BYTES / RECORD_HEADER_BYTES + 1;

const SCAN_BYTES = 1024 * 1024;
