import type { Kysely } from 'kysely';
import { bigint, type Id, type Json, type Time } from '../db/columns.ts';

export interface SiteRow {
  id: Id;
  project_id: Id;
  name: string;
  parent_id: Id | null;
  labels: Json;
  spec: Json;
  /** Rises with every write: the number in the ETag. */
  generation: number;
  created_at: Time;
  updated_at: Time;
}

export interface SiteTables {
  sites: SiteRow;
}

export async function createSiteTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sites')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('project_id', 'text', (c) => c.notNull().references('projects.id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('parent_id', 'text', (c) => c.references('sites.id'))
    .addColumn('labels', 'text', (c) => c.notNull())
    .addColumn('spec', 'text', (c) => c.notNull())
    .addColumn('generation', bigint, (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .addUniqueConstraint('sites_name', ['project_id', 'name'])
    .execute();
}
