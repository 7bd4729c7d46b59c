import type { Clock } from '../ports/clock.ts';
import type { Disk } from '../ports/disk.ts';
import type { Random } from '../ports/random.ts';
import { uuidv7 } from '../uuid.ts';
import { readDropped } from './dropped.ts';
import { HEADER_BYTES } from './segment.ts';
import { endOf, headerOf, listSegments, type SegmentFile, startOf, streamIdOf } from './segments.ts';

export interface StreamPorts {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  /** `outbox/PRODUCER/STREAM`, made if it is not there. */
  readonly folder: string;
}

export interface Recovered {
  readonly streamId: string;
  /** Number due next. */
  readonly next: number;
  /** Known elapsed time in the newest header; 0 where none says it. */
  readonly begunAt: number;
}

/**
 * Makes a folder ready for a new segment: what a notice stands for goes, if a power cut brought it back, and the torn
 * tail of the last segment is cut at its last good record. A folder in which no header can be read is begun anew,
 * with another stream id, and its files set aside as `*.bad`.
 */
export async function recoverFolder({ disk, clock, random, folder }: StreamPorts): Promise<Recovered> {
  await disk.makeFolder(folder);
  await removeTemporaries(disk, folder);
  const segments = await listSegments(disk, folder);
  const streamId = await streamIdOf(disk, segments);
  const last = segments.at(-1);
  if (last && streamId) {
    await removeGivenUp(disk, folder, segments, streamId);
    const begunAt = (await headerOf(disk, last.path))?.begunAt ?? 0;
    return { streamId, next: await cutTail(disk, last, streamId), begunAt };
  }
  for (const segment of segments) await setAside(disk, segment);
  return { streamId: uuidv7(clock, random), next: 1, begunAt: 0 };
}

/** What a process that was killed left of files that it replaced. */
export async function removeTemporaries(disk: Disk, folder: string): Promise<void> {
  for (const { name } of await disk.list(folder))
    if (name.endsWith('.tmp')) await disk.remove(`${folder}/${name}`);
}

async function removeGivenUp(
  disk: Disk,
  folder: string,
  segments: readonly SegmentFile[],
  streamId: string,
): Promise<void> {
  const end = (await readDropped(disk, folder, streamId)).at(-1)?.last ?? 0;
  const gone = segments.filter((_, index) => (segments[index + 1]?.first ?? Infinity) <= end + 1);
  for (const { path } of gone) await disk.remove(path);
}

/** Returns the number due next. A segment without any record stays: the next one takes its name at once. */
async function cutTail(disk: Disk, last: SegmentFile, streamId: string): Promise<number> {
  const file = await disk.openRead(last.path);
  const end = await startOf(file, last)
    .then((start) => endOf(file, last.size, start, streamId))
    .finally(() => file.close());
  if (end.offset > HEADER_BYTES && end.offset < last.size) await disk.truncate(last.path, end.offset);
  return end.number;
}

const setAside = (disk: Disk, { path, size }: SegmentFile) =>
  size <= HEADER_BYTES ? disk.remove(path) : disk.rename(path, `${path}.bad`);
