import { type Clock, formatUuid } from '@skerry/kit';
import type { Db } from '../db/schema.ts';
import { deleteOldEvents } from './store.ts';

const DAY = 86_400_000;
/** More than a year, so that this month can be held against the same one of last year. */
const KEPT_MS = 400 * DAY;
/** Few enough that nobody waits long for the database meanwhile. */
const AT_ONCE = 1000;
const PAUSE_MS = 50;

/**
 * Deletes what the hub and devices told of more than 400 days ago. What people did is kept, and so is the last that
 * happened, by which a hub finds its clock ahead. `now` is ms since the epoch.
 */
export async function pruneEvents(
  { db, clock }: { readonly db: Db; readonly clock: Clock },
  now: number,
  signal?: AbortSignal,
): Promise<void> {
  const before = lowestIdAt(now - KEPT_MS);
  for (let after: string | undefined = ''; after !== undefined; ) {
    const deleted: string[] = await deleteOldEvents(db, { after, before, limit: AT_ONCE });
    after = deleted[AT_ONCE - 1];
    if (after !== undefined) await clock.sleep(PAUSE_MS, signal);
  }
}

/** No UUID of version 7 that was made then or later sorts before it. */
function lowestIdAt(unixMs: number): string {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(Math.max(0, Math.floor(unixMs))) << 16n);
  return formatUuid(bytes);
}
