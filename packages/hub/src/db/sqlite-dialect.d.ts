import { CompiledQuery, type Dialect, SqliteAdapter } from 'kysely';
import type { Gate } from './gate.ts';
import { type SqliteClient } from './sqlite-client.ts';
import type { SqliteValue } from './sqlite-messages.ts';
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
export declare function sqliteDialect(write: Lane, read: Lane): Dialect;
/** SQLite changes tables within transactions, so a migration that fails (a full disk) leaves nothing half done. */
export declare class HubSqliteAdapter extends SqliteAdapter {
  get supportsTransactionalDdl(): boolean;
}
/** An insert to be run once for each row; its result has the indexes of the rows that were left out. */
export declare class InsertEach
  implements
    CompiledQuery<{
      readonly index: number;
    }>
{
  readonly query: CompiledQuery['query'];
  readonly queryId: CompiledQuery['queryId'];
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly rows: readonly (readonly SqliteValue[])[];
  constructor(sql: string, rows: readonly (readonly SqliteValue[])[]);
}
