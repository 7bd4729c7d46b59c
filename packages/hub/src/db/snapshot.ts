import type { Clock } from '@skerry/kit';
import { Kysely } from 'kysely';
import { openingError } from './database-errors.ts';
import { gate } from './gate.ts';
import type { Database, Db } from './schema.ts';
import { type SqliteClient, SqliteError, startSqliteThread } from './sqlite-client.ts';
import { sqliteDialect } from './sqlite-dialect.ts';

const LONGEST_WAIT_MS = 15_000;

/**
 * Writes what is committed in the SQLite file at `path` to a new file, whether a hub has it open or not
 * (https://sqlite.org/lang_vacuum.html, VACUUM INTO: one read transaction, which keeps nobody from writing).
 */
export async function copySqlite(path: string, to: string): Promise<void> {
  const client = await reader(path);
  try {
    await client.run([{ sql: 'VACUUM INTO ?', parameters: [to] }]);
  } catch (error) {
    throw error instanceof SqliteError ? openingError(error, to) : error;
  } finally {
    await client.close();
  }
}

/** Opens a SQLite file as it is, of whatever version, to read alone. */
export async function readSqlite(path: string, clock: Clock): Promise<Db> {
  const client = await reader(path);
  const lane = { client, gate: gate({ clock, maxWaiting: 1, maxWaitMs: LONGEST_WAIT_MS }) };
  return new Kysely<Database>({ dialect: sqliteDialect(lane, lane) });
}

async function reader(path: string): Promise<SqliteClient> {
  return startSqliteThread({ path, mode: 'read' }).catch((error) => {
    throw error instanceof SqliteError ? openingError(error, path) : error;
  });
}
