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

/** The devices, by id, of which the hub holds messages that came before `time`; steps over all that it holds of each. */
export async function devicesWithMessagesBefore(db: Executor, time: string): Promise<string[]> {
  const rows = await db
    .withRecursive('senders(id)', (sender) =>
      sender
        .selectFrom('messages')
        .select(({ fn }) => fn.min<string | null>('device_id').as('id'))
        .unionAll(
          sender
            .selectFrom('senders')
            .select((before) =>
              before
                .selectFrom('messages')
                .select(({ fn }) => fn.min('device_id').as('id'))
                .whereRef('device_id', '>', 'senders.id')
                .as('id'),
            )
            .where('senders.id', 'is not', null),
        ),
    )
    .selectFrom('senders')
    .select('senders.id')
    .$narrowType<{ id: string }>()
    .where('senders.id', 'is not', null)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('messages')
          .select('number')
          .whereRef('device_id', '=', 'senders.id')
          .where('received_at', '<', time),
      ),
    )
    .execute();
  return rows.map(({ id }) => id);
}

/** Deletes some `limit` of a device's oldest messages that came before `time`; how many it deleted. */
export async function deleteMessagesBefore(
  db: Executor,
  deviceId: string,
  time: string,
  limit: number,
): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('messages')
    .where('device_id', '=', deviceId)
    .where('received_at', '<', time)
    .where('received_at', '<=', ({ fn, selectFrom, val }) =>
      fn.coalesce(
        selectFrom('messages')
          .select('received_at')
          .where('device_id', '=', deviceId)
          .orderBy('received_at')
          .limit(1)
          .offset(limit - 1),
        val(time),
      ),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}
