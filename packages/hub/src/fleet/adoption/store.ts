import type { Executor } from '../../db/schema.ts';
import type { WaitingDeviceRow } from './tables.ts';

/** Keeps when it was first seen. */
export async function putWaiting(db: Executor, row: WaitingDeviceRow): Promise<void> {
  const { device_id: _id, fingerprint: _fingerprint, first_seen_at: _first, ...changes } = row;
  await db
    .insertInto('device_claims')
    .values(row)
    .onConflict((conflict) => conflict.columns(['device_id', 'fingerprint']).doUpdateSet(changes))
    .execute();
}

/** All that claim to be it; who came last is first. */
export function claimsOf(db: Executor, deviceId: string): Promise<WaitingDeviceRow[]> {
  return db
    .selectFrom('device_claims')
    .selectAll()
    .where('device_id', '=', deviceId)
    .orderBy('last_seen_at', 'desc')
    .orderBy('fingerprint')
    .execute();
}

export async function deleteClaims(
  db: Executor,
  deviceId: string,
  fingerprints: readonly string[],
): Promise<void> {
  if (fingerprints.length === 0) return;
  await db
    .deleteFrom('device_claims')
    .where('device_id', '=', deviceId)
    .where('fingerprint', 'in', fingerprints)
    .execute();
}

/** In the order in which they came. */
export function listWaiting(db: Executor, projectId: string): Promise<WaitingDeviceRow[]> {
  return db
    .selectFrom('device_claims')
    .selectAll()
    .where('project_id', '=', projectId)
    .orderBy('first_seen_at')
    .orderBy('device_id')
    .execute();
}

/** Those that say they are called so, and are in no fleet. */
export function waitingUnderName(db: Executor, projectId: string, name: string): Promise<WaitingDeviceRow[]> {
  return db
    .selectFrom('device_claims')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .where('device_id', 'not in', (members) => members.selectFrom('devices').select('id'))
    .execute();
}

export async function countWaiting(db: Executor): Promise<number> {
  const { count } = await db
    .selectFrom('device_claims')
    .select((select) => select.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function deleteWaiting(db: Executor, deviceId: string): Promise<void> {
  await db.deleteFrom('device_claims').where('device_id', '=', deviceId).execute();
}

/** Forgets those that have not asked since `before`; RFC 3339. */
export async function deleteWaitingBefore(db: Executor, before: string): Promise<void> {
  await db.deleteFrom('device_claims').where('last_seen_at', '<', before).execute();
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
