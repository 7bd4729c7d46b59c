import type { Executor } from '../db/schema.ts';
import type { DeploymentRevisionRow, DeploymentRow } from './tables.ts';

export function findDeployment(
  db: Executor,
  projectId: string,
  name: string,
): Promise<DeploymentRow | undefined> {
  return db
    .selectFrom('deployments')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .executeTakeFirst();
}

export function listDeployments(db: Executor, projectId: string): Promise<DeploymentRow[]> {
  return db
    .selectFrom('deployments')
    .selectAll()
    .where('project_id', '=', projectId)
    .orderBy('name')
    .execute();
}

/** Writes the deployment and, beside it, its history. */
export async function saveDeployment(
  db: Executor,
  row: DeploymentRow,
  { action, actor }: Pick<DeploymentRevisionRow, 'action' | 'actor'>,
): Promise<void> {
  const { object, resolved, generation, updated_at } = row;
  await db
    .insertInto('deployments')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ object, resolved, generation, updated_at }))
    .execute();
  await insertRevision(db, row, { action, actor, at: updated_at });
}

export async function deleteDeployment(
  db: Executor,
  row: DeploymentRow,
  { actor, at }: Pick<DeploymentRevisionRow, 'actor' | 'at'>,
): Promise<void> {
  await db.deleteFrom('deployments').where('id', '=', row.id).execute();
  await insertRevision(db, { ...row, generation: row.generation + 1 }, { action: 'Deleted', actor, at });
}

async function insertRevision(
  db: Executor,
  { id, project_id, name, object, resolved, generation }: DeploymentRow,
  what: Pick<DeploymentRevisionRow, 'action' | 'actor' | 'at'>,
): Promise<void> {
  await db
    .insertInto('deployment_revisions')
    .values({ deployment_id: id, generation, project_id, name, object, resolved, ...what })
    .execute();
}

/** Of every deployment that had the name, newest first. */
export function listRevisions(
  db: Executor,
  projectId: string,
  name: string,
): Promise<DeploymentRevisionRow[]> {
  return db
    .selectFrom('deployment_revisions')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .orderBy('deployment_id', 'desc')
    .orderBy('generation', 'desc')
    .limit(1000)
    .execute();
}

/** The given revision of a deployment, or the one before the newest. */
export function findRevision(
  db: Executor,
  { id, generation }: DeploymentRow,
  toGeneration?: number,
): Promise<DeploymentRevisionRow | undefined> {
  const query = db.selectFrom('deployment_revisions').selectAll().where('deployment_id', '=', id);
  const chosen =
    toGeneration === undefined
      ? query.where('generation', '<', generation)
      : query.where('generation', '=', toGeneration);
  return chosen.orderBy('generation', 'desc').limit(1).executeTakeFirst();
}
