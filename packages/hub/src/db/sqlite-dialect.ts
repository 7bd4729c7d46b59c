import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { Gate } from './gate.ts';
import { type SqliteClient, SqliteError } from './sqlite-client.ts';
import type { SqliteValue } from './sqlite-messages.ts';

/**
 * Kysely over the database thread. There is one connection: who began a transaction has it until the end,
 * and the others wait at the gate in the order in which they came.
 */
export function sqliteDialect(client: SqliteClient, gate: Gate): Dialect {
  return {
    createAdapter: () => new Adapter(),
    createDriver: () => driver(client, gate),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** SQLite changes tables within transactions, so a migration that fails (a full disk) leaves nothing half done. */
class Adapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

function driver(client: SqliteClient, gate: Gate): Driver {
  const connection = connectionOver(client);
  const execute = (sql: string) => async () => {
    await connection.executeQuery(CompiledQuery.raw(sql));
  };
  return {
    init: async () => {},
    acquireConnection: async () => {
      await gate.enter();
      return connection;
    },
    beginTransaction: execute('begin immediate'),
    commitTransaction: execute('commit'),
    rollbackTransaction: () => execute('rollback')().catch(ignoreNothingToRollBack),
    releaseConnection: async () => gate.leave(),
    destroy: () => client.close(),
  };
}

/** After some errors, a full disk among them, SQLite has rolled back by itself (sqlite.org/lang_transaction.html §2.6). */
function ignoreNothingToRollBack(error: unknown): void {
  if (!(error instanceof SqliteError && error.code === SQLITE_ERROR)) throw error;
}

const SQLITE_ERROR = 1;

function connectionOver(client: SqliteClient): DatabaseConnection {
  return {
    executeQuery: async <R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> => {
      const { rows, changes, insertId } = await client.run(sql, parameters as readonly SqliteValue[]);
      return {
        rows: rows as R[],
        ...(changes !== undefined && { numAffectedRows: BigInt(changes) }),
        ...(insertId !== undefined && { insertId: BigInt(insertId) }),
      };
    },
    streamQuery: () => {
      throw new Error('read page by page instead: a stream would hold the only connection');
    },
  };
}
