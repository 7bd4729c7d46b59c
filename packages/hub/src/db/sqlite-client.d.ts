import type { SqliteFailure, SqliteRows, SqliteThreadData, SqliteValue } from './sqlite-messages.ts';
/** A statement that SQLite refused; `code` is its extended result code. */
export declare class SqliteError extends Error {
  readonly code: number;
  constructor(failure: SqliteFailure);
}
export interface SqliteClient {
  run(sql: string, parameters: readonly SqliteValue[]): Promise<SqliteRows>;
  /** Runs one statement once for each row of parameters; gives the indexes of the rows that touched nothing. */
  runEach(sql: string, rows: readonly (readonly SqliteValue[])[]): Promise<number[]>;
  close(): Promise<void>;
}
/** Starts a thread with a connection of its own; rejects with {@link SqliteError} when it cannot be opened. */
export declare function startSqliteThread(data: SqliteThreadData): Promise<SqliteClient>;
