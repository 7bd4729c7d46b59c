import { prepared, textsIn } from '../db/prepared.ts';
import type { Executor } from '../db/schema.ts';
import type { DeviceRow } from './tables.ts';

export function findDevice(db: Executor, projectId: string, name: string): Promise<DeviceRow | undefined> {
  return db
    .selectFrom('devices')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .executeTakeFirst();
}

export interface DevicePage {
  readonly limit: number;
  /** Names after this one. */
  readonly after?: string | undefined;
}

export function listDevices(
  db: Executor,
  projectId: string,
  { limit, after = '' }: DevicePage,
): Promise<DeviceRow[]> {
  return db
    .selectFrom('devices')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('name', '>', after)
    .orderBy('name')
    .limit(limit)
    .execute();
}

export async function insertDevice(db: Executor, row: DeviceRow): Promise<void> {
  await db.insertInto('devices').values(row).execute();
}

export async function updateDevice(db: Executor, id: string, changes: Partial<DeviceRow>): Promise<void> {
  await db.updateTable('devices').set(changes).where('id', '=', id).execute();
}

export async function deleteDevice(db: Executor, id: string): Promise<void> {
  await db.deleteFrom('devices').where('id', '=', id).execute();
}

/** The names that begin with `prefix`, a name itself, whatever order the database has texts in. */
export async function namesLike(db: Executor, projectId: string, prefix: string): Promise<Set<string>> {
  const rows = await db
    .selectFrom('devices')
    .select('name')
    .where('project_id', '=', projectId)
    .where('name', 'like', `${prefix}%`)
    .execute();
  return new Set(rows.map(({ name }) => name));
}

const selectDevice = prepared(['id'], (db, { id }: { id: string }) =>
  db
    .selectFrom('devices')
    .innerJoin('projects', 'projects.id', 'devices.project_id')
    .selectAll('devices')
    .select('projects.name as project')
    .where('devices.id', '=', id),
);

export async function deviceById(
  db: Executor,
  id: string,
): Promise<(DeviceRow & { project: string }) | undefined> {
  return (await selectDevice(db, { id })).rows[0];
}

const updateSeen = prepared(['ids', 'at'], (db, { ids, at }: { ids: string; at: string }) =>
  db.updateTable('devices').set({ last_seen_at: at }).where('id', 'in', textsIn(db, ids)),
);

export async function markSeen(db: Executor, ids: readonly string[], at: string): Promise<void> {
  if (ids.length > 0) await updateSeen(db, { ids: JSON.stringify(ids), at });
}

/** Every device that counted as connected; the sessions of a hub end with it. */
export async function markAllDisconnected(db: Executor, changes: Partial<DeviceRow>): Promise<void> {
  await db.updateTable('devices').set(changes).where('connected', '=', 1).execute();
}
