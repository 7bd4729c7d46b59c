import type { Kysely } from 'kysely';
import type { Id, Time } from '../db/columns.ts';

/** A person's (or a script's) token: its secret is kept as a SHA-256 alone. */
export interface PersonTokenRow {
  id: Id;
  project_id: Id;
  name: string;
  role: 'admin' | 'viewer';
  secret_sha256: string;
  created_at: Time;
  created_by: string;
}

export interface PeopleTables {
  person_tokens: PersonTokenRow;
}

export async function createPeopleTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('person_tokens')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('project_id', 'text', (c) => c.notNull().references('projects.id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('role', 'text', (c) => c.notNull())
    .addColumn('secret_sha256', 'text', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('created_by', 'text', (c) => c.notNull())
    .addUniqueConstraint('person_tokens_name', ['project_id', 'name'])
    .execute();
}
