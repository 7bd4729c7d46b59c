import type { Executor } from '../db/schema.ts';
import { timeText } from '../time.ts';

export { learnBoots } from './dating/store.ts';

/**
 * When messages of a device that are stored now arrived: later than all that came before, whatever the wall clock
 * did and however close they follow, so that who reads on from a place misses none.
 */
export async function arrivalTime(db: Executor, deviceId: string, now: number): Promise<string> {
  const { last } = await db
    .selectFrom('messages')
    .select((select) => select.fn.max('received_at').as('last'))
    .where('device_id', '=', deviceId)
    .executeTakeFirstOrThrow();
  return timeText(last === null ? now : Math.max(now, Date.parse(last) + 1));
}
