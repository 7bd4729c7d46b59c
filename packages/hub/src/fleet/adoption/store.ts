import type { Executor } from '../../db/schema.ts';
import type { WaitingDeviceRow } from './tables.ts';

/** Keeps when it was first seen. */
export async function putWaiting(db: Executor, row: WaitingDeviceRow): Promise<void> {
  const { device_id: _id, first_seen_at: _first, ...changes } = row;
  await db
    .insertInto('waiting_devices')
    .values(row)
    .onConflict((conflict) => conflict.column('device_id').doUpdateSet(changes))
    .execute();
}

export function findWaiting(db: Executor, deviceId: string): Promise<WaitingDeviceRow | undefined> {
  return db.selectFrom('waiting_devices').selectAll().where('device_id', '=', deviceId).executeTakeFirst();
}

/** In the order in which they came. */
export function listWaiting(db: Executor, projectId: string): Promise<WaitingDeviceRow[]> {
  return db
    .selectFrom('waiting_devices')
    .selectAll()
    .where('project_id', '=', projectId)
    .orderBy('first_seen_at')
    .orderBy('device_id')
    .execute();
}

/** Those that say they are called so, and are in no fleet. */
export function waitingUnderName(db: Executor, projectId: string, name: string): Promise<WaitingDeviceRow[]> {
  return db
    .selectFrom('waiting_devices')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .where('device_id', 'not in', (members) => members.selectFrom('devices').select('id'))
    .execute();
}

export async function countWaiting(db: Executor): Promise<number> {
  const { count } = await db
    .selectFrom('waiting_devices')
    .select((select) => select.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function deleteWaiting(db: Executor, deviceId: string): Promise<void> {
  await db.deleteFrom('waiting_devices').where('device_id', '=', deviceId).execute();
}

/** Forgets those that have not asked since `before`; RFC 3339. */
export async function deleteWaitingBefore(db: Executor, before: string): Promise<void> {
  await db.deleteFrom('waiting_devices').where('last_seen_at', '<', before).execute();
}

export async function isRemoved(db: Executor, deviceId: string): Promise<boolean> {
  const row = await db
    .selectFrom('removed_devices')
    .select('device_id')
    .where('device_id', '=', deviceId)
    .executeTakeFirst();
  return row !== undefined;
}

export async function markRemoved(db: Executor, deviceId: string, at: string): Promise<void> {
  await deleteWaiting(db, deviceId);
  await db
    .insertInto('removed_devices')
    .values({ device_id: deviceId, removed_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
