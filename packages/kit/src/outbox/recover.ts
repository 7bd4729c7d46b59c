import type { Disk } from '../ports/disk.ts';
import { uuidv7 } from '../uuid.ts';
import type { OutboxWriterOptions } from './outbox.ts';
import { HEADER_BYTES } from './segment.ts';
import { endOf, listSegments, type SegmentFile, startOf, streamIdOf } from './segments.ts';

/**
 * Makes a folder ready for a new segment: the torn tail of the last one is cut at its last good record. A folder
 * in which no header can be read is begun anew, with another stream id, and its files set aside as `*.bad`.
 */
export async function recoverFolder(
  options: Pick<OutboxWriterOptions, 'disk' | 'clock' | 'random' | 'folder'>,
): Promise<{ streamId: string; next: number }> {
  const { disk, clock, random, folder } = options;
  await disk.makeFolder(folder);
  const segments = await listSegments(disk, folder);
  const streamId = await streamIdOf(disk, segments);
  const last = segments.at(-1);
  if (last && streamId) return { streamId, next: await cutTail(disk, last, streamId) };
  for (const segment of segments) await setAside(disk, segment);
  return { streamId: uuidv7(clock, random), next: 1 };
}

/** Returns the number due next. A segment without any record goes, since its name is due next too. */
async function cutTail(disk: Disk, last: SegmentFile, streamId: string): Promise<number> {
  const file = await disk.openRead(last.path);
  const end = await startOf(file, last)
    .then((start) => endOf(file, last.size, start, streamId))
    .finally(() => file.close());
  if (end.offset <= HEADER_BYTES) await disk.remove(last.path);
  else if (end.offset < last.size) await disk.truncate(last.path, end.offset);
  return end.number;
}

const setAside = (disk: Disk, { path, size }: SegmentFile) =>
  size <= HEADER_BYTES ? disk.remove(path) : disk.rename(path, `${path}.bad`);
