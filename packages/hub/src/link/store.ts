import type { StreamKey } from '@skerry/contracts';
import type { ExpressionBuilder, QueryResult } from 'kysely';
import { insertNew } from '../db/insert-new.ts';
import { prepared, textsIn } from '../db/prepared.ts';
import type { Database, Executor } from '../db/schema.ts';
import type { Step } from '../db/step.ts';
import { lastArrival } from '../telemetry/read-model.ts';
import {
  type DropNoticeRow,
  dropNoticeColumns,
  type MessageRow,
  messageColumns,
} from '../telemetry/tables.ts';
import { idOfEvent } from './forks.ts';
import type { Gap, Held } from './session.ts';
import type { StreamRow } from './tables.ts';

export interface StreamId extends StreamKey {
  readonly projectId: string;
  readonly deviceId: string;
}

export const keyOf = ({ deviceId, producer, stream }: StreamId) => ({
  device_id: deviceId,
  producer,
  stream,
});
export type Key = ReturnType<typeof keyOf>;
export const key = ['device_id', 'producer', 'stream'] as const;

/** The rows of one stream, in a table that has its key. */
export const ofStream =
  ({ device_id, producer, stream }: Pick<StreamRow, (typeof key)[number]>) =>
  (where: ExpressionBuilder<Database, 'streams' | 'stream_checkpoints' | 'messages'>) =>
    where.and({ device_id, producer, stream });

const selectStream = prepared(key, (db, it: Key) =>
  db
    .selectFrom('streams')
    .select(['epoch', 'next_number', 'hash'])
    .select(lastArrival(db, it.device_id).as('last_arrival'))
    .where(ofStream(it)),
);

export interface StreamToExtend {
  readonly held: Held;
  /** When the device's messages that were stored last arrived, whatever their stream; null before the first. */
  readonly lastArrival: string | null;
}

export async function findStreamToExtend(db: Executor, id: StreamId): Promise<StreamToExtend | undefined> {
  const [row] = (await selectStream(db, keyOf(id))).rows;
  if (!row) return undefined;
  const held = { epoch: Number(row.epoch), next: Number(row.next_number), hash: row.hash };
  return { held, lastArrival: row.last_arrival };
}

export async function findStream(db: Executor, id: StreamId): Promise<Held | undefined> {
  return (await findStreamToExtend(db, id))?.held;
}

type Move = Omit<StreamRow, 'project_id'> & { from_epoch: number; from_number: number };

const insertStream = prepared([...key, 'project_id', 'epoch', 'next_number', 'hash'], (db, row: StreamRow) =>
  db
    .insertInto('streams')
    .values(row)
    .onConflict((conflict) => conflict.doNothing()),
);

const updateStream = prepared(
  [...key, 'epoch', 'next_number', 'hash', 'from_epoch', 'from_number'],
  (db, it: Move) =>
    db
      .updateTable('streams')
      .set({ epoch: it.epoch, next_number: it.next_number, hash: it.hash })
      .where(ofStream(it))
      .where('epoch', '=', it.from_epoch)
      .where('next_number', '=', it.from_number),
);

/**
 * Moves the stream on from `before` (undefined: it is new). False when it is not there any more: somebody else was
 * quicker, and nothing of this transaction may stay.
 */
export function moveStream(id: StreamId, before: Held | undefined, after: Held): Step<boolean> {
  const to = { ...keyOf(id), epoch: after.epoch, next_number: after.next, hash: after.hash };
  const isMoved = ({ numAffectedRows }: QueryResult<unknown>) => numAffectedRows === 1n;
  return before
    ? updateStream.step({ ...to, from_epoch: before.epoch, from_number: before.next }, isMoved)
    : insertStream.step({ ...to, project_id: id.projectId }, isMoved);
}

/** Those that the hub has already, by number or by source and id, are left out. */
export const insertMessages = insertNew('messages', messageColumns, 'number');

/** Source and id of the messages that the hub holds under these numbers. */
export async function findMessageIds(
  db: Executor,
  id: StreamId,
  epoch: number,
  first: number,
  last: number,
): Promise<Map<number, { source: string; id: string }>> {
  const rows = await db
    .selectFrom('messages')
    .select(['number', 'source', 'event_id'])
    .where(ofStream(keyOf(id)))
    .where('epoch', '=', epoch)
    .where('number', '>=', first)
    .where('number', '<=', last)
    .execute();
  return new Map(
    rows.map((row) => [Number(row.number), { source: row.source, id: idOfEvent(row.event_id) }]),
  );
}

/** Of the messages that the hub holds under any of these sources and ids: their texts. */
export async function findBodies(
  db: Executor,
  { projectId, deviceId }: StreamId,
  messages: readonly Pick<MessageRow, 'source' | 'event_id'>[],
): Promise<Set<string>> {
  const [sources, ids] = (['source', 'event_id'] as const).map((column) =>
    JSON.stringify([...new Set(messages.map((message) => message[column]))]),
  );
  const rows = await db
    .selectFrom('messages')
    .select('body')
    .where('project_id', '=', projectId)
    .where('device_id', '=', deviceId)
    .where('source', 'in', textsIn(db, sources!))
    .where('event_id', 'in', textsIn(db, ids!))
    .execute();
  return new Set(rows.map(({ body }) => body));
}

/** Gives back those that the hub did not hold yet. */
export const insertDropNotices = insertNew('drop_notices', dropNoticeColumns, 'first_number');

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
