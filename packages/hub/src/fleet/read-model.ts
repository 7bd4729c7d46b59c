import { didYouMean } from '@skerry/kit';
import type { Executor } from '../db/schema.ts';
import { notFound } from '../errors.ts';

export interface DeviceName {
  readonly id: string;
  readonly name: string;
}

/** The device of that name; throws `NotFound`, with the nearest name. */
export async function deviceNamed(db: Executor, projectId: string, name: string): Promise<DeviceName> {
  return (await findDeviceNamed(db, projectId, name)) ?? noSuchDevice(db, projectId, name);
}

export function findDeviceNamed(
  db: Executor,
  projectId: string,
  name: string,
): Promise<DeviceName | undefined> {
  return db
    .selectFrom('devices')
    .select(['id', 'name'])
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .executeTakeFirst();
}

/** Rejects with `NotFound`, with the nearest name. */
export async function noSuchDevice(db: Executor, projectId: string, name: string): Promise<never> {
  const rows = await db.selectFrom('devices').select('name').where('project_id', '=', projectId).execute();
  const hint = didYouMean(
    name,
    rows.map((row) => row.name),
  );
  throw notFound('device', name, hint ? { next: `Check the name${hint}.` } : {});
}

/** What of a device decides about its desired state. */
export interface DeviceTarget {
  readonly id: string;
  readonly name: string;
  readonly site_id: string | null;
  /** JSON. */
  readonly labels: string;
}

/** The devices of a project, or those of them with one of these ids. */
export async function deviceTargets(
  db: Executor,
  projectId: string,
  ids?: readonly string[],
): Promise<DeviceTarget[]> {
  if (ids?.length === 0) return [];
  const query = db
    .selectFrom('devices')
    .select(['id', 'name', 'site_id', 'labels'])
    .where('project_id', '=', projectId);
  return (ids ? query.where('id', 'in', ids) : query).execute();
}
