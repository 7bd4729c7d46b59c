import { type Clock, isSkerryError } from '@skerry/kit';
import { Kysely, PostgresDialect } from 'kysely';
import { connectingError, openingError } from './database-errors.ts';
import { gate } from './gate.ts';
import { migrate } from './migrate.ts';
import type { Database, Db } from './schema.ts';
import { type SqliteClient, SqliteError, startSqliteThread } from './sqlite-client.ts';
import { sqliteDialect } from './sqlite-dialect.ts';

const WAITING_REQUESTS = 2_000;
const LONGEST_WAIT_MS = 15_000;
const CONNECTIONS = 10;

/** Opens the SQLite file at `path` and brings it to this version. Rejects with a reason that a person can act on. */
export async function openSqlite(path: string, clock: Clock): Promise<Db> {
  try {
    const write = await startSqliteThread({ path, mode: 'write' });
    const read = await startSqliteThread({ path, mode: 'read' }).catch(closing(write));
    return await openSqliteOver(write, read, clock);
  } catch (error) {
    throw error instanceof SqliteError ? openingError(error, path) : error;
  }
}

/** The same over connections that are open, each used by one at a time. */
export function openSqliteOver(write: SqliteClient, read: SqliteClient, clock: Clock): Promise<Db> {
  const newGate = () => gate({ clock, maxWaiting: WAITING_REQUESTS, maxWaitMs: LONGEST_WAIT_MS });
  const dialect = sqliteDialect({ client: write, gate: newGate() }, { client: read, gate: newGate() });
  return migrated(new Kysely<Database>({ dialect }));
}

const closing = (client: SqliteClient) => async (error: unknown) => {
  await client.close();
  throw error;
};

/** PostgreSQL's 64-bit integers: our counts and versions, which stay below 2⁵³. */
const INT8 = 20;

/** The same over PostgreSQL, for several hubs on one database. `url` may hold a password: it is never shown. */
export async function openPostgres(url: string): Promise<Db> {
  const { default: pg } = await import('pg');
  const getTypeParser = (oid: number, format?: 'text') =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format);
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: LONGEST_WAIT_MS,
    statement_timeout: LONGEST_WAIT_MS,
    types: { getTypeParser } as never,
  });
  // A connection that breaks while nobody uses it is replaced; whoever uses one is told by its own query.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return migrated(new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })).catch((error) => {
    throw isSkerryError(error) ? error : connectingError(error, new URL(url).host);
  });
}

async function migrated(db: Db): Promise<Db> {
  try {
    await migrate(db);
    return db;
  } catch (error) {
    await db.destroy();
    throw error;
  }
}
