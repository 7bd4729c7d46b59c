import type { Clock } from '@skerry/kit';
import type { Db } from '../db/schema.ts';
import { hubError } from '../errors.ts';

const DAY = 86_400_000;
/** Longer than a hub that is in use is ever switched off. */
const LONGEST_REST_MS = 366 * DAY;

/**
 * Rejects with `ClockAhead` when the last that happened here lies more than a year back. What a hub says of the time
 * its fleet believes for good, and what is older than the retention it deletes: neither may be done by a wrong clock.
 */
export async function refuseClockAhead(db: Db, clock: Clock): Promise<void> {
  const last = await db.selectFrom('events').select('at').orderBy('id', 'desc').limit(1).executeTakeFirst();
  if (!last || clock.now() - Date.parse(last.at) <= LONGEST_REST_MS) return;
  const now = new Date(clock.now()).toISOString();
  throw hubError(
    'ClockAhead',
    `the clock stands at ${now}, and the last that happened here was at ${last.at}`,
  );
}
