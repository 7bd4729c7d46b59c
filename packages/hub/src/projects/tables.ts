import type { Kysely } from 'kysely';
import { bigint, type Id, type Time } from '../db/columns.ts';

export interface ProjectRow {
  id: Id;
  name: string;
  created_at: Time;
  /** Rises with every change of intent; updating it first makes those changes follow one another. */
  revision: number;
}

export interface ProjectTables {
  projects: ProjectRow;
}

export async function createProjectTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('projects')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull().unique())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('revision', bigint, (c) => c.notNull())
    .execute();
}
