import { sql } from 'kysely';
import type { Executor } from '../db/schema.ts';
import type { PageRow } from './page-text.ts';
import type { DropNoticeRow, MessageRow } from './tables.ts';

/** A place in the order of arrival. */
export type Arrival = Pick<MessageRow, 'received_at' | 'producer' | 'stream' | 'epoch' | 'number'>;

export interface MessageQuery {
  readonly deviceId: string;
  readonly stream?: string | undefined;
  readonly after?: Arrival | undefined;
  readonly limit: number;
}

/** In the order of arrival: by time of receipt, within one by stream and number. */
export function listMessages(
  db: Executor,
  { deviceId, stream, after, limit }: MessageQuery,
): Promise<PageRow[]> {
  let query = db
    .selectFrom('messages')
    .select(['producer', 'stream', 'epoch', 'number', 'time', 'received_at', 'body'])
    .where('device_id', '=', deviceId);
  if (stream !== undefined) query = query.where('stream', '=', stream);
  if (after !== undefined) {
    const { received_at, producer, stream: in_, epoch, number } = after;
    query = query.where(
      sql<boolean>`(received_at, producer, stream, epoch, number) > (${received_at}, ${producer}, ${in_}, ${epoch}, ${number})`,
    );
  }
  return query
    .orderBy('received_at')
    .orderBy('producer')
    .orderBy('stream')
    .orderBy('epoch')
    .orderBy('number')
    .limit(limit)
    .execute();
}

export interface StreamCount {
  readonly producer: string;
  readonly stream: string;
  readonly count: number;
}

/** Messages of each stream of a device. */
export async function countMessages(db: Executor, deviceId: string): Promise<StreamCount[]> {
  const rows = await db
    .selectFrom('messages')
    .select(['producer', 'stream'])
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('device_id', '=', deviceId)
    .groupBy(['producer', 'stream'])
    .execute();
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

/** Distinct pairs of source and id among them. */
export async function countDistinct(db: Executor, deviceId: string): Promise<StreamCount[]> {
  const rows = await db
    .selectFrom((from) =>
      from
        .selectFrom('messages')
        .select(['producer', 'stream', 'source', 'event_id'])
        .distinct()
        .where('device_id', '=', deviceId)
        .as('ids'),
    )
    .select(['producer', 'stream'])
    .select((select) => select.fn.countAll<number>().as('count'))
    .groupBy(['producer', 'stream'])
    .execute();
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

/** How far the hub holds each stream of a device. */
export function listPositions(db: Executor, deviceId: string) {
  return db
    .selectFrom('streams')
    .select(['producer', 'stream', 'epoch', 'next_number'])
    .where('device_id', '=', deviceId)
    .orderBy('producer')
    .orderBy('stream')
    .execute();
}

export function listDropNotices(db: Executor, deviceId: string): Promise<DropNoticeRow[]> {
  return db
    .selectFrom('drop_notices')
    .selectAll()
    .where('device_id', '=', deviceId)
    .orderBy('epoch')
    .orderBy('first_number')
    .execute();
}

/** The device after this one, by id, that the hub holds messages of. */
export async function nextDeviceWithMessages(db: Executor, after: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('messages')
    .select((select) => select.fn.min('device_id').as('id'))
    .where('device_id', '>', after)
    .executeTakeFirst();
  return row?.id ?? undefined;
}

/** Deletes at most `limit` messages of a device that came before `time`; how many it deleted. */
export async function deleteMessagesBefore(
  db: Executor,
  deviceId: string,
  time: string,
  limit: number,
): Promise<number> {
  const oldest = await db
    .selectFrom('messages')
    .select('received_at')
    .where('device_id', '=', deviceId)
    .where('received_at', '<', time)
    .orderBy('received_at')
    .limit(limit)
    .execute();
  const last = oldest.at(-1);
  if (!last) return 0;
  const { numDeletedRows } = await db
    .deleteFrom('messages')
    .where('device_id', '=', deviceId)
    .where('received_at', '<=', last.received_at)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
