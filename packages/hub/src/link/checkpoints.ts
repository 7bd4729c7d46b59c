import type { ExpressionBuilder } from 'kysely';
import { prepared } from '../db/prepared.ts';
import type { Database, Executor } from '../db/schema.ts';
import type { Step } from '../db/step.ts';
import type { Held } from './session.ts';
import { type Key, key, keyOf, ofStream, type StreamId } from './store.ts';
import type { StreamCheckpointRow } from './tables.ts';

/** How many running hashes of a stream are remembered, at least. */
const CHECKPOINTS_KEPT = 64;
/** Those that are too old are forgotten with every so many numbers. */
const FORGET_EVERY = 16;

/** Running hashes after numbers of an epoch, those that are remembered. */
export async function findCheckpoints(
  db: Executor,
  id: StreamId,
  epoch: number,
): Promise<Map<number, string>> {
  const rows = await db
    .selectFrom('stream_checkpoints')
    .select(['number', 'hash'])
    .where(ofStream(keyOf(id)))
    .where('epoch', '=', epoch)
    .execute();
  return new Map(rows.map(({ number, hash }) => [Number(number), hash]));
}

const selectCheckpoint = prepared([...key, 'epoch', 'number'], (db, at: Omit<StreamCheckpointRow, 'hash'>) =>
  db
    .selectFrom('stream_checkpoints')
    .select('hash')
    .where(ofStream(at))
    .where('epoch', '=', at.epoch)
    .where('number', '=', at.number),
);

/** The running hash after `number`, where it is remembered. */
export async function findCheckpoint(
  db: Executor,
  id: StreamId,
  epoch: number,
  number: number,
): Promise<string | undefined> {
  return (await selectCheckpoint(db, { ...keyOf(id), epoch, number })).rows[0]?.hash;
}

const insertCheckpoint = prepared([...key, 'epoch', 'number', 'hash'], (db, row: StreamCheckpointRow) =>
  db
    .insertInto('stream_checkpoints')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['device_id', 'producer', 'stream', 'epoch', 'number'])
        .doUpdateSet({ hash: row.hash }),
    ),
);

/** Remembers the running hash after `number`. */
export const addCheckpoint = (id: StreamId, epoch: number, number: number, hash: string): Step<void> =>
  insertCheckpoint.step({ ...keyOf(id), epoch, number, hash }, () => {});

const deleteCheckpoints = prepared([...key, 'epoch'], (db, it: Key & { epoch: number }) =>
  db
    .deleteFrom('stream_checkpoints')
    .where(ofStream(it))
    .where((where) =>
      where.or([
        where('epoch', '<', it.epoch),
        where.and([where('epoch', '=', it.epoch), where('number', '<=', newestForgotten(where, it))]),
      ]),
    ),
);

/** Forgets the oldest running hashes, now and then while the stream moves on from `before` to `after`. */
export function forgetCheckpoints(id: StreamId, before: Held, after: Held): Step<void>[] {
  if (Math.floor(before.next / FORGET_EVERY) === Math.floor(after.next / FORGET_EVERY)) return [];
  return [deleteCheckpoints.step({ ...keyOf(id), epoch: after.epoch }, () => {})];
}

/** The newest number of an epoch that is too old to be remembered; null where none is. */
function newestForgotten(
  where: ExpressionBuilder<Database, 'stream_checkpoints'>,
  { device_id, producer, stream, epoch }: Key & { epoch: number },
) {
  return where
    .selectFrom('stream_checkpoints as newer')
    .select('newer.number')
    .where('newer.device_id', '=', device_id)
    .where('newer.producer', '=', producer)
    .where('newer.stream', '=', stream)
    .where('newer.epoch', '=', epoch)
    .orderBy('newer.number', 'desc')
    .limit(1)
    .offset(CHECKPOINTS_KEPT);
}
