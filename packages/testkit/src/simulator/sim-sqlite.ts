import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { idleRows } from '../../../hub/src/db/each-row.ts';
import { type SqliteClient, SqliteError } from '../../../hub/src/db/sqlite-client.ts';
import type { SqliteRows, SqliteStatement } from '../../../hub/src/db/sqlite-messages.ts';
import type { SimProcess } from './sim-process.ts';

/**
 * The hub's two connections, to one database in memory that outlives its process. SQLite is trusted to be atomic:
 * a kill leaves what was committed, and nothing of the transaction that was open. What commits has its effect at once
 * or when its answer comes, so that a kill falls before some commits and after others.
 */
export interface SimDatabase {
  readonly write: SqliteClient;
  readonly read: SqliteClient;
}

const STATEMENT_MS = 0.05;
const COMMIT_MS = 3;

export function simSqlite(
  process: Pick<SimProcess, 'onKill' | 'effect' | 'soon'>,
  database: DatabaseSync,
): SimDatabase {
  const kept = new Map<string, Prepared>();
  const prepared = (sql: string): Prepared => {
    const known = kept.get(sql);
    if (known) return known;
    const statement = database.prepare(sql);
    const made = { statement, givesRows: statement.columns().length > 0 };
    kept.set(sql, made);
    return made;
  };
  /** Who reads beside a transaction sees nothing of it: here they wait for its end. */
  let readers: (() => void)[] = [];
  const letReadersIn = () => {
    if (database.isTransaction) return;
    const waiting = readers;
    readers = [];
    for (const go of waiting) go();
  };

  process.onKill(() => {
    if (database.isTransaction) database.exec('rollback');
  });

  const guarded = <T>(op: () => T): T => {
    try {
      return op();
    } catch (error) {
      const { message, errcode } = error as { message: string; errcode?: number };
      throw new SqliteError({ message, code: errcode ?? 0 });
    }
  };
  const execute = (it: SqliteStatement): SqliteRows =>
    guarded(() => {
      const { statement, givesRows } = prepared(it.sql);
      if ('each' in it) return { rows: idleRows(it.each, (values) => statement.run(...values)) };
      if (givesRows) return { rows: statement.all(...it.parameters) };
      const { changes, lastInsertRowid } = statement.run(...it.parameters);
      return { rows: [], changes, insertId: lastInsertRowid };
    });
  const writing = <T>(sql: string, op: () => T): Promise<T> => {
    if (sql === 'commit') return process.effect(COMMIT_MS, op);
    const isPart = database.isTransaction || sql.startsWith('begin');
    return (isPart ? process.soon : process.effect)(STATEMENT_MS, op);
  };

  return {
    write: clientOf((statement) =>
      writing(statement.sql, () => {
        const result = execute(statement);
        letReadersIn();
        return result;
      }),
    ),
    read: clientOf((statement) =>
      process.soon(STATEMENT_MS, () => {
        if (!database.isTransaction) return execute(statement);
        return new Promise<void>((resolve) => readers.push(resolve)).then(() => execute(statement));
      }),
    ),
  };
}

/** A client whose statements are run by this, each after the one before. */
export function clientOf(run: (statement: SqliteStatement) => Promise<SqliteRows>): SqliteClient {
  return {
    async run(statements) {
      const results: SqliteRows[] = [];
      for (const statement of statements) results.push(await run(statement));
      return results;
    },
    close: async () => {},
  };
}

interface Prepared {
  readonly statement: StatementSync;
  readonly givesRows: boolean;
}
