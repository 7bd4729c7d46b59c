import { every } from '../ports/clock.ts';
import type { Disk } from '../ports/disk.ts';
import { singleFlight } from '../single-flight.ts';
import type { OutboxQuota, OutboxQuotaOptions } from './outbox.ts';

const REFRESH_MS = 2_000;

/**
 * Watches the size of an outbox root. Other processes write there too, so the disk is looked at now and then; in between, what this process reserves is added. Never counts less than is there, except what others
 * wrote since the last look.
 */
export async function outboxQuota({
  disk,
  clock,
  root,
  limit,
  refreshMs = REFRESH_MS,
}: OutboxQuotaOptions): Promise<OutboxQuota> {
  let onDisk = 0;
  /** Reserved and not in a file yet. */
  let pending = 0;
  /** Written since the last look began. */
  let since = 0;

  const look = singleFlight(
    async () => {
      const before = since;
      onDisk = await treeBytes(disk, root);
      since -= before;
    },
    () => {},
  );
  const refresh = () => {
    look.trigger();
    return look.idle();
  };
  const used = () => onDisk + since + pending;

  await refresh();
  const stop = every(clock, refreshMs, () => look.trigger());
  return {
    limit,
    get used() {
      return used();
    },
    reserve(bytes) {
      if (used() + bytes > limit) return false;
      pending += bytes;
      return true;
    },
    cancel(bytes) {
      pending -= bytes;
    },
    written(bytes) {
      pending -= bytes;
      since += bytes;
    },
    refresh,
    stop() {
      stop();
      look.stop();
    },
  };
}

async function treeBytes(disk: Disk, folder: string): Promise<number> {
  let total = 0;
  for (const { name, size, kind } of await disk.list(folder)) {
    total += kind === 'folder' ? await treeBytes(disk, `${folder}/${name}`) : size;
  }
  return total;
}
