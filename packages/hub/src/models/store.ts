import type { Executor } from '../db/schema.ts';
import type { ModelAliasRow, ModelRow, ModelVersionRow } from './tables.ts';

export function findModel(db: Executor, projectId: string, name: string): Promise<ModelRow | undefined> {
  return db
    .selectFrom('models')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .executeTakeFirst();
}

export function listModels(db: Executor, projectId: string): Promise<ModelRow[]> {
  return db.selectFrom('models').selectAll().where('project_id', '=', projectId).orderBy('name').execute();
}

export async function insertModel(db: Executor, row: ModelRow): Promise<void> {
  await db.insertInto('models').values(row).execute();
}

/** By model id, each newest first. */
export async function listVersions(
  db: Executor,
  projectId: string,
  modelId?: string,
): Promise<ModelVersionRow[]> {
  const query = db.selectFrom('model_versions').selectAll().where('project_id', '=', projectId);
  return (modelId ? query.where('model_id', '=', modelId) : query).orderBy('version', 'desc').execute();
}

export async function insertVersion(db: Executor, row: ModelVersionRow): Promise<void> {
  await db.insertInto('model_versions').values(row).execute();
}

export async function listAliases(
  db: Executor,
  projectId: string,
  modelId?: string,
): Promise<ModelAliasRow[]> {
  const query = db.selectFrom('model_aliases').selectAll().where('project_id', '=', projectId);
  return (modelId ? query.where('model_id', '=', modelId) : query).orderBy('alias').execute();
}

export async function saveAlias(db: Executor, row: ModelAliasRow): Promise<void> {
  const { version, generation, updated_at } = row;
  await db
    .insertInto('model_aliases')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['model_id', 'alias']).doUpdateSet({ version, generation, updated_at }),
    )
    .execute();
}

export async function deleteAlias(db: Executor, modelId: string, alias: string): Promise<void> {
  await db.deleteFrom('model_aliases').where('model_id', '=', modelId).where('alias', '=', alias).execute();
}
