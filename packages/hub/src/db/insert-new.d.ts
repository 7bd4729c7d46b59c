import type { Insertable } from 'kysely';
import type { Database, Executor } from './schema.ts';

type Tables = {
  [T in keyof Database]: Insertable<Database[T]>;
};
/**
 * Inserts rows that all have the same columns, and leaves out those whose key is taken; gives back what was stored.
 * On SQLite one short statement runs for each row, within its thread: measured, that is faster than a statement with
 * hundreds of rows, and nothing has to be built of them first. `key` tells a table's rows of one call apart.
 */
export declare function insertNew<T extends 'messages' | 'drop_notices'>(
  db: Executor,
  table: T,
  rows: readonly Tables[T][],
  key: keyof Tables[T] & string,
): Promise<Tables[T][]>;
