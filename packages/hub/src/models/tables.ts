import type { Kysely } from 'kysely';
import { bigint, type Id, type Json, type Time } from '../db/columns.ts';

export interface ModelRow {
  id: Id;
  project_id: Id;
  name: string;
  created_at: Time;
}

/** An immutable version: the digest of an OCI manifest in the registry, under a number given at push. */
export interface ModelVersionRow {
  model_id: Id;
  version: number;
  project_id: Id;
  digest: string;
  /** Bytes of all layers. */
  size: number;
  /** What the manifest's config says of it: format, inputs, outputs. */
  config: Json;
  created_at: Time;
  created_by: string;
}

export interface ModelAliasRow {
  model_id: Id;
  alias: string;
  project_id: Id;
  version: number;
  generation: number;
  updated_at: Time;
}

export interface ModelTables {
  models: ModelRow;
  model_versions: ModelVersionRow;
  model_aliases: ModelAliasRow;
}

export async function createModelTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('models')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('project_id', 'text', (c) => c.notNull().references('projects.id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addUniqueConstraint('models_name', ['project_id', 'name'])
    .execute();
  await db.schema
    .createTable('model_versions')
    .addColumn('model_id', 'text', (c) => c.notNull().references('models.id'))
    .addColumn('version', 'integer', (c) => c.notNull())
    .addColumn('project_id', 'text', (c) => c.notNull().references('projects.id'))
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('size', bigint, (c) => c.notNull())
    .addColumn('config', 'text', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('created_by', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('model_versions_key', ['model_id', 'version'])
    .addUniqueConstraint('model_versions_digest', ['model_id', 'digest'])
    .execute();
  await db.schema
    .createTable('model_aliases')
    .addColumn('model_id', 'text', (c) => c.notNull().references('models.id'))
    .addColumn('alias', 'text', (c) => c.notNull())
    .addColumn('project_id', 'text', (c) => c.notNull().references('projects.id'))
    .addColumn('version', 'integer', (c) => c.notNull())
    .addColumn('generation', bigint, (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('model_aliases_key', ['model_id', 'alias'])
    .execute();
}
