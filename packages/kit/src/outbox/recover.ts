import type { Clock } from '../ports/clock.ts';
import type { Disk } from '../ports/disk.ts';
import type { Random } from '../ports/random.ts';
import { uuidv7 } from '../uuid.ts';
import { readDropped } from './dropped.ts';
import type { PatientDisk } from './patient-disk.ts';
import { HEADER_BYTES } from './segment.ts';
import { dueAt, endOf, headerOf, listSegments, type SegmentFile, startOf } from './segments.ts';
import { keepStreamId, streamIdOf } from './stream-id.ts';

export interface StreamPorts {
  readonly disk: PatientDisk;
  readonly clock: Clock;
  readonly random: Random;
  /** `outbox/PRODUCER/STREAM`, made if it is not there. */
  readonly folder: string;
}

/** What a process knows of a folder that it has written to already. */
export interface Known {
  readonly streamId: string;
  /** Number due next, as far as anything was promised. */
  readonly next: number;
}

export interface Recovered extends Known {
  /** Known elapsed time in the newest header; 0 where none says it. */
  readonly begunAt: number;
}

/**
 * Makes a folder ready for a new segment: what a notice stands for goes, if a power cut brought it back, and the torn
 * tail of the last segment is cut at its last good record. No number is used twice: where damaged records end the
 * last segment, the new one begins behind their numbers, so that readers find a gap. In a folder whose stream id is
 * nowhere readable no record is; it goes on under another id, behind the numbers of all that lie there.
 */
export async function recoverFolder(ports: StreamPorts, known?: Known): Promise<Recovered> {
  const { disk, clock, random, folder } = ports;
  await disk.makeFolder(folder);
  await removeTemporaries(disk, folder);
  const segments = await listSegments(disk, folder);
  const streamId = known?.streamId ?? (await streamIdOf(disk, folder, segments)) ?? uuidv7(clock, random);
  await keepStreamId(disk, folder, streamId);
  await removeGivenUp(disk, folder, segments, streamId);
  const last = segments.at(-1);
  if (!last) return { streamId, next: known?.next ?? 1, begunAt: 0 };
  const begunAt = (await headerOf(disk, last.path))?.begunAt ?? 0;
  return { streamId, next: await endSegment(disk, last, streamId, known?.next), begunAt };
}

/** What a process that was killed left of files that it replaced, and what the first version set aside. */
export async function removeTemporaries(disk: Disk, folder: string): Promise<void> {
  for (const { name } of await disk.list(folder))
    if (name.endsWith('.tmp') || name.endsWith('.bad')) await disk.remove(`${folder}/${name}`);
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

/**
 * Returns the number due next. What may have been promised is not cut, since its number would come again if the
 * power went before the next segment is there. Nor is a segment without any record: the next one takes its name.
 */
async function endSegment(
  disk: PatientDisk,
  last: SegmentFile,
  streamId: string,
  promised: number | undefined,
): Promise<number> {
  const file = await disk.openRead(last.path);
  try {
    const end = await endOf(file, last.size, await startOf(file, last), streamId);
    const due = () => dueAt(file, last.size, end, streamId);
    const isKnown = promised !== undefined && file.givenUpBehind(end.offset) === 0;
    const next = Math.max(end.number, promised ?? 1, isKnown ? 1 : await due());
    const isTorn = next === end.number && end.offset > HEADER_BYTES && end.offset < last.size;
    if (isTorn) await disk.truncate(last.path, end.offset);
    return next;
  } finally {
    await file.close();
  }
}
