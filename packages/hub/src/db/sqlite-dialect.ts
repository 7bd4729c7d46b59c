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
import type { EachRow, SqliteRows, SqliteStatement, SqliteValue } from './sqlite-messages.ts';

/** A database thread, and the gate in front of it. */
export interface Lane {
  readonly client: SqliteClient;
  readonly gate: Gate;
}

/**
 * Kysely over two database threads. A transaction has the writing one until its end, and others wait at its gate in
 * the order in which they came. A SELECT of its own goes to the reading one, so that a long one keeps no device's
 * messages from being stored; it sees all that was committed before it (https://sqlite.org/wal.html).
 */
export function sqliteDialect(write: Lane, read: Lane): Dialect {
  return {
    createAdapter: () => new HubSqliteAdapter(),
    createDriver: () => driver(write, read),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** SQLite changes tables within transactions, so a migration that fails (a full disk) leaves nothing half done. */
export class HubSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** An insert to be run once for each row; its result has the indexes of the rows that were left out. */
interface InsertEach extends CompiledQuery<{ readonly index: number }> {
  readonly each: EachRow;
}

export const insertEach = (insert: CompiledQuery, each: EachRow): InsertEach => ({
  ...(insert as CompiledQuery<{ readonly index: number }>),
  each,
});

/** Queries that are one request to the thread: between two requests it waits until this one is free to send the next. */
interface All extends CompiledQuery<QueryResult<unknown>> {
  readonly all: readonly CompiledQuery[];
}

/** One result for each, in their order. */
export const inOneRequest = (queries: readonly CompiledQuery[]): All => ({
  ...(CompiledQuery.raw('') as CompiledQuery<QueryResult<unknown>>),
  all: queries,
});

const SQLITE_ERROR = 1;

/** After some errors, a full disk among them, SQLite has rolled back by itself (sqlite.org/lang_transaction.html §2.6). */
function ignoreNothingToRollBack(error: unknown): void {
  if (!(error instanceof SqliteError && error.code === SQLITE_ERROR)) throw error;
}

interface Connection extends DatabaseConnection {
  /** While it has the writing thread. */
  transaction?: Transaction;
}

interface Transaction {
  /** It begins with its first query, in one request: most begin with a look at what is there. */
  begun: boolean;
  /** As with PostgreSQL nothing more is run once a query has failed, the first of all: it may not have begun. */
  failure?: unknown;
}

const BEGIN: SqliteStatement = { sql: 'begin immediate', parameters: [] };

function driver(write: Lane, read: Lane): Driver {
  const end = async (sql: string, { transaction }: Connection) => {
    if (transaction?.begun) await execute(write.client, CompiledQuery.raw(sql));
  };
  return {
    init: async () => {},
    acquireConnection: async () => newConnection(write, read),
    beginTransaction: async (connection) => {
      await write.gate.enter();
      (connection as Connection).transaction = { begun: false };
    },
    async commitTransaction(connection) {
      const { transaction } = connection as Connection;
      if (transaction?.failure !== undefined) throw transaction.failure;
      await end('commit', connection as Connection);
    },
    rollbackTransaction: (connection) =>
      end('rollback', connection as Connection).catch(ignoreNothingToRollBack),
    releaseConnection: async (connection) => {
      if ((connection as Connection).transaction) write.gate.leave();
    },
    destroy: async () => {
      await read.client.close();
      await write.client.close();
    },
  };
}

function newConnection(write: Lane, read: Lane): Connection {
  const connection: Connection = {
    executeQuery: async (query) => {
      const { transaction } = connection;
      if (transaction) return executeIn(transaction, write.client, query);
      return alone(query.query.kind === 'SelectQueryNode' ? read : write, query);
    },
    streamQuery: () => {
      throw new Error('read page by page instead: a stream would hold the thread');
    },
  };
  return connection;
}

async function executeIn<R>(
  transaction: Transaction,
  client: SqliteClient,
  query: CompiledQuery,
): Promise<QueryResult<R>> {
  if (transaction.failure !== undefined) throw transaction.failure;
  const runner = transaction.begun ? client : beginning(client);
  transaction.begun = true;
  try {
    return await execute(runner, query);
  } catch (error) {
    transaction.failure = error;
    throw error;
  }
}

/** Begins a transaction with what it is asked to run. */
const beginning = (client: SqliteClient): Pick<SqliteClient, 'run'> => ({
  run: async (statements) => (await client.run([BEGIN, ...statements])).slice(1),
});

async function alone<R>({ client, gate }: Lane, query: CompiledQuery): Promise<QueryResult<R>> {
  await gate.enter();
  try {
    return await execute(client, query);
  } finally {
    gate.leave();
  }
}

async function execute<R>(client: Pick<SqliteClient, 'run'>, query: CompiledQuery): Promise<QueryResult<R>> {
  if ('all' in query) {
    const results = await client.run((query as All).all.map(statementOf));
    return { rows: results.map(resultOf) as R[] };
  }
  const [result] = await client.run([statementOf(query)]);
  return resultOf<R>(result!);
}

function statementOf(query: CompiledQuery): SqliteStatement {
  const { sql, parameters } = query;
  return 'each' in query
    ? { sql, each: (query as InsertEach).each }
    : { sql, parameters: parameters as readonly SqliteValue[] };
}

function resultOf<R>({ rows, changes, insertId }: SqliteRows): QueryResult<R> {
  return {
    rows: rows as R[],
    ...(changes !== undefined && { numAffectedRows: BigInt(changes) }),
    ...(insertId !== undefined && { insertId: BigInt(insertId) }),
  };
}
