import { Migrator } from 'kysely';
import { hubError } from '../errors.ts';
import { migrations } from './migrations.ts';
import type { Db } from './schema.ts';

const bookkeeping = 'kysely_migration';

/**
 * Brings the tables to this version. Rejects with `DataFromNewerVersion`, before anything is written, when they
 * were made by a later one.
 */
export async function migrate(db: Db): Promise<void> {
  await refuseNewer(db);
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}

async function refuseNewer(db: Db): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === bookkeeping)) return;
  const applied = await (db as never as AnyDb).selectFrom(bookkeeping).select('name').execute();
  const unknown = applied.map(({ name }) => name).filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length > 0)
    throw hubError(
      'DataFromNewerVersion',
      `the data has steps that this version does not know: ${unknown.join(', ')}`,
    );
}

type AnyDb = import('kysely').Kysely<{ [bookkeeping]: { name: string } }>;
