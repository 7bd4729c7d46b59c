import type { Hello } from '@skerry/contracts';
import { sql } from 'kysely';
import type { Executor } from '../../db/schema.ts';
import type { MessageRow } from '../tables.ts';
import type { Boots, Timed } from './date.ts';

/** Not worth writing at every reconnection of a fleet. */
const CLOSE_MS = 200;
/** Later than any hello that is still answered: the hub's own clock was wrong, then or now. */
const LATE_MS = 60_000;
/** Of one device, the newest: what boots again and again must not fill the table. */
const BOOTS_KEPT = 1_000;

/**
 * A device says how many milliseconds of its boots have passed; `now` is the hub's clock. What it says may come late
 * and never early, so the earliest beginning is the best, unless one of the two clocks was wrong.
 */
export async function learnBoots(
  db: Executor,
  deviceId: string,
  boots: NonNullable<Hello['boots']>,
  now: number,
): Promise<void> {
  if (boots.length === 0) return;
  const known = await bootsOf(
    db,
    deviceId,
    boots.map(({ id }) => id),
  );
  const began = new Map(boots.map(({ id, ms }) => [id, Math.round(now - ms)]));
  const isNews = ([id, at]: [string, number]) => {
    const before = known.get(id);
    return before === undefined || at < before - CLOSE_MS || at > before + LATE_MS;
  };
  const rows = [...began]
    .filter(isNews)
    .map(([boot_id, began_at]) => ({ device_id: deviceId, boot_id, began_at }));
  if (rows.length === 0) return;
  await db
    .insertInto('device_boots')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['device_id', 'boot_id'])
        .doUpdateSet((set) => ({ began_at: set.ref('excluded.began_at') })),
    )
    .execute();
  await forgetOldest(db, deviceId);
}

async function forgetOldest(db: Executor, deviceId: string): Promise<void> {
  await db
    .deleteFrom('device_boots')
    .where('device_id', '=', deviceId)
    .where('began_at', '<=', (query) =>
      query
        .selectFrom('device_boots as newer')
        .select('newer.began_at')
        .where('newer.device_id', '=', deviceId)
        .orderBy('newer.began_at', 'desc')
        .limit(1)
        .offset(BOOTS_KEPT),
    )
    .execute();
}

/** Forgets boots that began before, ms since the epoch. */
export async function deleteBootsBefore(db: Executor, moment: number): Promise<void> {
  await db.deleteFrom('device_boots').where('began_at', '<', moment).execute();
}

/** Of all boots that are known, or only of these; the oldest first. */
export async function bootsOf(db: Executor, deviceId: string, ids?: readonly string[]): Promise<Boots> {
  const query = db
    .selectFrom('device_boots')
    .select(['boot_id', 'began_at'])
    .where('device_id', '=', deviceId);
  const rows = await (ids ? query.where('boot_id', 'in', ids) : query).orderBy('began_at').execute();
  return new Map(rows.map(({ boot_id, began_at }) => [boot_id, Number(began_at)]));
}

export type Place = Pick<MessageRow, 'device_id' | 'producer' | 'stream' | 'epoch' | 'number'>;

const MOST_BOOTS = 40;
/** Messages: a device that never knew the time for a year must not keep everybody who reads waiting. */
const MOST_LOOKED_THROUGH = 10_000;

/**
 * The nearest message before or after this one in its stream that has a date of its own, if it is near. The texts are
 * looked through by the database: `boots` are those that date what they made.
 */
export async function nearestDated(
  db: Executor,
  place: Place,
  side: 'before' | 'after',
  boots: Boots,
): Promise<Timed | undefined> {
  const { device_id, producer, stream, epoch, number } = place;
  const [compare, direction] = side === 'before' ? (['<', 'desc'] as const) : (['>', 'asc'] as const);
  const marks = ['"timeknown":true', ...[...boots.keys()].slice(-MOST_BOOTS).map((id) => `"bootid":"${id}"`)];
  const near = db
    .selectFrom('messages')
    .select(['number', 'body'])
    .where('device_id', '=', device_id)
    .where('producer', '=', producer)
    .where('stream', '=', stream)
    .where('epoch', '=', epoch)
    .where('number', compare, number)
    .orderBy('number', direction)
    .limit(MOST_LOOKED_THROUGH)
    .as('near');
  const row = await db
    .selectFrom(near)
    .select('body')
    .where((where) => where.or(marks.map((mark) => sql<boolean>`body like ${`%${mark}%`}`)))
    .orderBy('number', direction)
    .limit(1)
    .executeTakeFirst();
  return row && JSON.parse(row.body);
}
