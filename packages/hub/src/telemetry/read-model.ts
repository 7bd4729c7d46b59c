import type { Executor } from '../db/schema.ts';
import { timeText } from '../time.ts';

export { learnBoots } from './dating/store.ts';

/** When messages of a device were last stored, as part of a statement; null where there are none. */
export function lastArrival(db: Executor, deviceId: string) {
  return db
    .selectFrom('messages')
    .select(({ fn }) => fn.max('received_at').as('last'))
    .where('messages.device_id', '=', deviceId);
}

/**
 * When messages of a device that are stored now arrived: later than `last`, whatever the wall clock did and however
 * close they follow, so that who reads on from a place misses none.
 */
export function arrivalTime(last: string | null, now: number): string {
  return timeText(last === null ? now : Math.max(now, Date.parse(last) + 1));
}
