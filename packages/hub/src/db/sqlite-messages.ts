/** What passes between the hub's main thread and a thread that owns a SQLite connection. */

export interface SqliteThreadData {
  readonly path: string;
  /** The one that writes holds the lock of the folder; the one that reads sees what was committed. */
  readonly mode: 'write' | 'read';
}

export type SqliteValue = null | number | bigint | string | Uint8Array;

/** Rows by their columns, so that little is copied from thread to thread: most of what a batch has is the same in each. */
export interface EachRow {
  readonly rows: number;
  /** Of each column its value in each row; a single one where that is always the same. */
  readonly columns: readonly (readonly SqliteValue[])[];
}

/**
 * A statement and its parameters; or one that gives nothing back, to be run once for each row of them, whose result has
 * the index of each row that touched nothing.
 */
export type SqliteStatement =
  | { readonly sql: string; readonly parameters: readonly SqliteValue[] }
  | { readonly sql: string; readonly each: EachRow };

/** One after the other, up to the first that fails. */
export interface SqliteRequest {
  id: number;
  statements: readonly SqliteStatement[];
}

export interface SqliteRows {
  rows: Record<string, SqliteValue>[];
  /** Rows that an INSERT, UPDATE or DELETE touched; undefined for a SELECT. */
  changes?: number | bigint;
  insertId?: number | bigint;
}

/** SQLite's own numbers (https://sqlite.org/rescode.html), extended where the engine gives them. */
export interface SqliteFailure {
  message: string;
  code: number;
}

export type SqliteReply = { id: number; results: SqliteRows[] } | { id: number; failure: SqliteFailure };

/** The thread's first message: the file is open and locked, or why it is not. */
export type SqliteOpened = { opened: true } | { opened: false; failure: SqliteFailure };
