import type { Disk } from '../ports/disk.ts';
import { readDropped, withDropped, writeDropped } from './dropped.ts';
import type { DropReason } from './outbox.ts';
import { HEADER_BYTES } from './segment.ts';
import { headerOf, listSegments, type SegmentFile } from './segments.ts';

export interface Oldest {
  readonly disk: Disk;
  readonly folder: string;
}

/** The oldest segment that holds a message; `following` is the one behind it, where there is one. */
interface Found {
  readonly oldest: SegmentFile;
  readonly following: SegmentFile | undefined;
  readonly others: readonly SegmentFile[];
}

async function find({ disk, folder }: Oldest): Promise<Found | undefined> {
  const [oldest, ...others] = await listSegments(disk, folder);
  const [following] = others;
  const isEmpty = !oldest || (!following && oldest.size <= HEADER_BYTES);
  return isEmpty ? undefined : { oldest, following, others };
}

/**
 * Gives up the oldest segment: first the notice, durably, then the file, durably as well, since its bytes are used
 * again. `roll` begins another segment where the oldest is the one that grows. Resolves with how many messages that
 * were; 0 where there is none.
 */
export async function giveUpOldest(
  where: Oldest,
  streamId: string,
  reason: DropReason,
  roll: () => Promise<void>,
): Promise<number> {
  const { disk, folder } = where;
  let found = await find(where);
  if (found && !found.following) {
    await roll();
    found = await find(where);
  }
  if (!found?.following) return 0;
  const { oldest, following } = found;
  const dropped = { first: oldest.first, last: following.first - 1, reason };
  const ranges = withDropped(await readDropped(disk, folder, streamId), dropped);
  await writeDropped(disk, folder, streamId, ranges);
  await disk.remove(oldest.path);
  await disk.syncFolder(folder);
  return dropped.last - dropped.first + 1;
}

/**
 * Known elapsed time by which the oldest segment had its last record, as the next one's header says, or where it is
 * the one that grows `lastCommit`; undefined where there is none.
 */
export async function oldestEnd(where: Oldest, lastCommit: number): Promise<number | undefined> {
  const found = await find(where);
  for (const { path } of found?.others ?? []) {
    const begunAt = (await headerOf(where.disk, path))?.begunAt;
    if (begunAt !== undefined) return begunAt;
  }
  return found && lastCommit;
}
