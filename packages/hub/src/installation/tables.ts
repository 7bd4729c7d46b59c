import type { Kysely } from 'kysely';
import type { Id, Time } from '../db/columns.ts';

/** One row: which hub this is. It travels with the data, so a restored backup is the same hub. */
export interface InstallationRow {
  hub_id: Id;
  /** Rises when the data was restored from a backup, so that devices follow versions that seem older. */
  epoch: number;
  created_at: Time;
}

export interface InstallationTables {
  installation: InstallationRow;
}

export async function createInstallationTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('installation')
    .addColumn('hub_id', 'text', (c) => c.primaryKey())
    .addColumn('epoch', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .execute();
}
