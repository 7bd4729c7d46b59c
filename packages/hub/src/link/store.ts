import type { StreamKey } from '@skerry/contracts';
import type { ExpressionBuilder } from 'kysely';
import { insertNew } from '../db/insert-new.ts';
import type { Database, Executor } from '../db/schema.ts';
import type { DropNoticeRow, MessageRow } from '../telemetry/tables.ts';
import { idOfEvent } from './forks.ts';
import type { Gap, Held } from './session.ts';

export interface StreamId extends StreamKey {
  readonly projectId: string;
  readonly deviceId: string;
}

const CHECKPOINTS_KEPT = 64;

const keyOf = ({ deviceId, producer, stream }: StreamId) => ({ device_id: deviceId, producer, stream });

export async function findStream(
  db: Executor,
  { deviceId, producer, stream }: StreamId,
): Promise<Held | undefined> {
  const row = await db
    .selectFrom('streams')
    .select(['epoch', 'next_number', 'hash'])
    .where('device_id', '=', deviceId)
    .where('producer', '=', producer)
    .where('stream', '=', stream)
    .executeTakeFirst();
  return row && { epoch: Number(row.epoch), next: Number(row.next_number), hash: row.hash };
}

/** Running hashes after numbers of an epoch, those that are remembered. */
export async function findCheckpoints(
  db: Executor,
  id: StreamId,
  epoch: number,
): Promise<Map<number, string>> {
  const rows = await db
    .selectFrom('stream_checkpoints')
    .select(['number', 'hash'])
    .where('device_id', '=', id.deviceId)
    .where('producer', '=', id.producer)
    .where('stream', '=', id.stream)
    .where('epoch', '=', epoch)
    .execute();
  return new Map(rows.map(({ number, hash }) => [Number(number), hash]));
}

/**
 * Moves the stream on from `before` (undefined: it is new). False when it is not there any more: somebody else was
 * quicker, and nothing of this transaction may stay.
 */
export async function moveStream(
  db: Executor,
  id: StreamId,
  before: Held | undefined,
  after: Held,
): Promise<boolean> {
  const values = { epoch: after.epoch, next_number: after.next, hash: after.hash };
  if (!before) {
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('streams')
      .values({ ...keyOf(id), project_id: id.projectId, ...values })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    return numInsertedOrUpdatedRows === 1n;
  }
  const { numUpdatedRows } = await db
    .updateTable('streams')
    .set(values)
    .where('device_id', '=', id.deviceId)
    .where('producer', '=', id.producer)
    .where('stream', '=', id.stream)
    .where('epoch', '=', before.epoch)
    .where('next_number', '=', before.next)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** Remembers the running hash after `number`, and forgets the oldest. */
export async function addCheckpoint(
  db: Executor,
  id: StreamId,
  epoch: number,
  number: number,
  hash: string,
): Promise<void> {
  await db
    .insertInto('stream_checkpoints')
    .values({ ...keyOf(id), epoch, number, hash })
    .onConflict((conflict) =>
      conflict.columns(['device_id', 'producer', 'stream', 'epoch', 'number']).doUpdateSet({ hash }),
    )
    .execute();
  await db
    .deleteFrom('stream_checkpoints')
    .where('device_id', '=', id.deviceId)
    .where('producer', '=', id.producer)
    .where('stream', '=', id.stream)
    .where((where) =>
      where.or([
        where('epoch', '<', epoch),
        where.and([where('epoch', '=', epoch), where('number', '<=', newestForgotten(where, id, epoch))]),
      ]),
    )
    .execute();
}

/** The newest number of an epoch that is too old to be remembered; null where none is. */
function newestForgotten(
  where: ExpressionBuilder<Database, 'stream_checkpoints'>,
  { deviceId, producer, stream }: StreamId,
  epoch: number,
) {
  return where
    .selectFrom('stream_checkpoints as newer')
    .select('newer.number')
    .where('newer.device_id', '=', deviceId)
    .where('newer.producer', '=', producer)
    .where('newer.stream', '=', stream)
    .where('newer.epoch', '=', epoch)
    .orderBy('newer.number', 'desc')
    .limit(1)
    .offset(CHECKPOINTS_KEPT);
}

/** Stores messages; those that the hub has already, by number or by source and id, are left out. Gives the numbers stored. */
export async function insertMessages(db: Executor, rows: readonly MessageRow[]): Promise<Set<number>> {
  const stored = await insertNew(db, 'messages', rows, 'number');
  return new Set(stored.map(({ number }) => number));
}

/** Source and id of the messages that the hub holds under these numbers. */
export async function findMessageIds(
  db: Executor,
  { deviceId, producer, stream }: StreamId,
  epoch: number,
  first: number,
  last: number,
): Promise<Map<number, { source: string; id: string }>> {
  const rows = await db
    .selectFrom('messages')
    .select(['number', 'source', 'event_id'])
    .where('device_id', '=', deviceId)
    .where('producer', '=', producer)
    .where('stream', '=', stream)
    .where('epoch', '=', epoch)
    .where('number', '>=', first)
    .where('number', '<=', last)
    .execute();
  return new Map(
    rows.map((row) => [Number(row.number), { source: row.source, id: idOfEvent(row.event_id) }]),
  );
}

/** Gives back those that the hub did not hold yet. */
export function insertDropNotices(db: Executor, rows: readonly DropNoticeRow[]): Promise<DropNoticeRow[]> {
  return insertNew(db, 'drop_notices', rows, 'first_number');
}

/** The hub's own notice over a range that it will never get. */
export function noticeOfGap(id: StreamId, gap: Gap, at: string): DropNoticeRow {
  return {
    ...keyOf(id),
    project_id: id.projectId,
    epoch: gap.epoch,
    first_number: gap.first,
    last_number: gap.last,
    count: gap.last - gap.first + 1,
    ids: '[]',
    reason: gap.why,
    written_by: 'hub',
    at,
  };
}
