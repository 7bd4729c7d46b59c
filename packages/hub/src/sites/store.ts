import type { Executor } from '../db/schema.ts';
import type { SiteRow } from './tables.ts';

export function findSite(db: Executor, projectId: string, name: string): Promise<SiteRow | undefined> {
  return db
    .selectFrom('sites')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .executeTakeFirst();
}

export function listSites(db: Executor, projectId: string): Promise<SiteRow[]> {
  return db.selectFrom('sites').selectAll().where('project_id', '=', projectId).orderBy('name').execute();
}

export async function saveSite(db: Executor, row: SiteRow): Promise<void> {
  const { id, project_id, created_at, ...changes } = row;
  await db
    .insertInto('sites')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(changes))
    .execute();
}

export async function deleteSite(db: Executor, id: string): Promise<void> {
  await db.deleteFrom('sites').where('id', '=', id).execute();
}
