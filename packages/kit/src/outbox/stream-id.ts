import type { Disk } from '../ports/disk.ts';
import { decodeHeader, encodeHeader } from './segment.ts';
import { headerOf, type SegmentFile } from './segments.ts';

/** A segment's header in a file of its own, for the stream id alone: no damage to one file takes every copy of it. */
const FILE = 'stream.head';

/** The stream id of a folder: any readable header has it, and the newest is looked at first. */
export async function streamIdOf(
  disk: Disk,
  folder: string,
  segments: readonly SegmentFile[],
): Promise<string | undefined> {
  for (const { path } of segments.toReversed()) {
    const header = await headerOf(disk, path);
    if (header) return header.streamId;
  }
  // Without any segment nobody knows which numbers of that stream were used.
  return segments.length > 0 ? keptIn(disk, folder) : undefined;
}

/** Keeps the id beside the segments, durably. */
export async function keepStreamId(disk: Disk, folder: string, streamId: string): Promise<void> {
  if ((await keptIn(disk, folder)) === streamId) return;
  await disk.writeAtomic(`${folder}/${FILE}`, encodeHeader({ streamId, first: 1, begunAt: 0 }));
}

async function keptIn(disk: Disk, folder: string): Promise<string | undefined> {
  const bytes = await disk.readIfThere(`${folder}/${FILE}`);
  return bytes && decodeHeader(bytes)?.streamId;
}
