import { sql } from 'kysely';
import type { Executor } from '../../db/schema.ts';
import type { MessageRow } from '../tables.ts';
import type { Boots, Timed } from './date.ts';

/**
 * A device says that so many milliseconds of a boot have passed. What it says may come late and never early, so the
 * earliest beginning is the best.
 */
export async function learnBoot(
  db: Executor,
  deviceId: string,
  bootId: string,
  beganAt: number,
): Promise<void> {
  await db
    .insertInto('device_boots')
    .values({ device_id: deviceId, boot_id: bootId, began_at: beganAt })
    .onConflict((conflict) =>
      conflict
        .columns(['device_id', 'boot_id'])
        .doUpdateSet({ began_at: beganAt })
        .where('device_boots.began_at', '>', beganAt),
    )
    .execute();
}

export async function bootsOf(db: Executor, deviceId: string): Promise<Boots> {
  const rows = await db
    .selectFrom('device_boots')
    .select(['boot_id', 'began_at'])
    .where('device_id', '=', deviceId)
    .execute();
  return new Map(rows.map(({ boot_id, began_at }) => [boot_id, Number(began_at)]));
}

export type Place = Pick<MessageRow, 'device_id' | 'producer' | 'stream' | 'epoch' | 'number'>;

const MOST_BOOTS = 40;

/**
 * The nearest message before or after this one in its stream that has a date of its own. The texts are looked through
 * by the database: `boots` are those that date what they made.
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
  const row = await db
    .selectFrom('messages')
    .select('body')
    .where('device_id', '=', device_id)
    .where('producer', '=', producer)
    .where('stream', '=', stream)
    .where('epoch', '=', epoch)
    .where('number', compare, number)
    .where((where) => where.or(marks.map((mark) => sql<boolean>`body like ${`%${mark}%`}`)))
    .orderBy('number', direction)
    .limit(1)
    .executeTakeFirst();
  return row && JSON.parse(row.body);
}
