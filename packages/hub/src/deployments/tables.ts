import type { Kysely } from 'kysely';
import { bigint, type Id, type Json, type Time } from '../db/columns.ts';

export interface DeploymentRow {
  id: Id;
  project_id: Id;
  name: string;
  /** The object as it was written, without defaults, so that a default never overrides what a weaker one says. */
  object: Json;
  /** Model references of the object, each with the version and digest that it meant when it was applied. */
  resolved: Json;
  /** Rises with every revision: the number in the ETag. */
  generation: number;
  created_at: Time;
  updated_at: Time;
}

/** What a deployment said at one time. It outlives the deployment: history has no foreign key to it. */
export interface DeploymentRevisionRow {
  deployment_id: Id;
  generation: number;
  project_id: Id;
  name: string;
  action: 'Created' | 'Changed' | 'Undone' | 'Deleted';
  object: Json;
  resolved: Json;
  at: Time;
  actor: string;
}

export interface DeploymentTables {
  deployments: DeploymentRow;
  deployment_revisions: DeploymentRevisionRow;
}

export async function createDeploymentTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('deployments')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('project_id', 'text', (c) => c.notNull().references('projects.id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('object', 'text', (c) => c.notNull())
    .addColumn('resolved', 'text', (c) => c.notNull())
    .addColumn('generation', bigint, (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .addUniqueConstraint('deployments_name', ['project_id', 'name'])
    .execute();
  await db.schema
    .createTable('deployment_revisions')
    .addColumn('deployment_id', 'text', (c) => c.notNull())
    .addColumn('generation', bigint, (c) => c.notNull())
    .addColumn('project_id', 'text', (c) => c.notNull().references('projects.id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('object', 'text', (c) => c.notNull())
    .addColumn('resolved', 'text', (c) => c.notNull())
    .addColumn('at', 'text', (c) => c.notNull())
    .addColumn('actor', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('deployment_revisions_key', ['deployment_id', 'generation'])
    .execute();
  await db.schema
    .createIndex('deployment_revisions_of_name')
    .on('deployment_revisions')
    .columns(['project_id', 'name'])
    .execute();
}
