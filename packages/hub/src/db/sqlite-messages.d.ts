/** What passes between the hub's main thread and a thread that owns a SQLite connection. */
export interface SqliteThreadData {
  readonly path: string;
  /** The one that writes holds the lock of the folder; the one that reads sees what was committed. */
  readonly mode: 'write' | 'read';
}
export type SqliteValue = null | number | bigint | string | Uint8Array;
export interface SqliteRequest {
  id: number;
  sql: string;
  parameters: readonly SqliteValue[];
}
/** The same statement, one that gives nothing back, once for each row of parameters. */
export interface SqliteEachRequest {
  id: number;
  sql: string;
  rows: readonly (readonly SqliteValue[])[];
}
export interface SqliteRows {
  rows: Record<string, SqliteValue>[];
  /** Rows that an INSERT, UPDATE or DELETE touched; undefined for a SELECT. */
  changes?: number | bigint;
  insertId?: number | bigint;
}
/** Which of the rows touched nothing, by their index. */
export interface SqliteEachResult {
  idle: number[];
}
/** SQLite's own numbers (https://sqlite.org/rescode.html), extended where the engine gives them. */
export interface SqliteFailure {
  message: string;
  code: number;
}
export type SqliteReply =
  | {
      id: number;
      result: SqliteRows | SqliteEachResult;
    }
  | {
      id: number;
      failure: SqliteFailure;
    };
/** The thread's first message: the file is open and locked, or why it is not. */
export type SqliteOpened =
  | {
      opened: true;
    }
  | {
      opened: false;
      failure: SqliteFailure;
    };
