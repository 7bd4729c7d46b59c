import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { idleRows } from './each-row.ts';
import type {
  EachRow,
  SqliteFailure,
  SqliteOpened,
  SqliteReply,
  SqliteRequest,
  SqliteRows,
  SqliteStatement,
  SqliteThreadData,
  SqliteValue,
} from './sqlite-messages.ts';

/** A thread that owns one SQLite connection, so that no query stalls a keep-alive. */

const KEPT_STATEMENTS = 256;
const BUSY_TIMEOUT_MS = 1_000;
/** What the log keeps of the disk once a long reader, such as a backup, has made it grow (https://sqlite.org/pragma.html). */
const LOG_BYTES = 16 * 1024 * 1024;

function open({ path, mode }: SqliteThreadData): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: mode === 'read', enableForeignKeyConstraints: true });
  database.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
  if (mode === 'write')
    database.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA journal_size_limit=${LOG_BYTES}`);
  return database;
}

/**
 * Keeps every other process (and another hub in this one) from writing: a transaction on a file beside the
 * database that never ends. The kernel lets go of its lock when the process ends, however it ends.
 */
function hold(path: string): DatabaseSync {
  const lock = new DatabaseSync(`${path}-lock`);
  lock.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}; PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE`);
  return lock;
}

function statements(database: DatabaseSync): (sql: string) => StatementSync {
  const kept = new Map<string, StatementSync>();
  return (sql) => {
    const statement = kept.get(sql) ?? database.prepare(sql);
    kept.delete(sql);
    kept.set(sql, statement);
    const oldest = kept.keys().next().value;
    if (kept.size > KEPT_STATEMENTS && oldest !== undefined) kept.delete(oldest);
    return statement;
  };
}

function run(statement: StatementSync, parameters: readonly SqliteValue[]): SqliteRows {
  if (statement.columns().length === 0) {
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { rows: [], changes, insertId: lastInsertRowid };
  }
  return { rows: statement.all(...parameters) };
}

function runEach(statement: StatementSync, each: EachRow): SqliteRows {
  return { rows: idleRows(each, (values) => statement.run(...values)) };
}

function failureOf(error: unknown): SqliteFailure {
  const { message, errcode } = error as { message?: string; errcode?: number };
  return { message: message ?? String(error), code: errcode ?? 0 };
}

function main(): void {
  const port = parentPort;
  if (port === null) throw new Error('sqlite-thread runs as a worker only');
  const opened = (message: SqliteOpened) => port.postMessage(message);
  const reply = (message: SqliteReply) => port.postMessage(message);
  const data = workerData as SqliteThreadData;
  try {
    const lock = data.mode === 'write' ? hold(data.path) : undefined;
    const database = open(data);
    const prepared = statements(database);
    const execute = (it: SqliteStatement) =>
      'each' in it ? runEach(prepared(it.sql), it.each) : run(prepared(it.sql), it.parameters);
    port.on('message', (request: SqliteRequest | 'close') => {
      if (request === 'close') {
        database.close();
        lock?.close();
        port.close();
        return;
      }
      try {
        reply({ id: request.id, results: request.statements.map(execute) });
      } catch (error) {
        reply({ id: request.id, failure: failureOf(error) });
      }
    });
    opened({ opened: true });
  } catch (error) {
    opened({ opened: false, failure: failureOf(error) });
    port.close();
  }
}

main();
