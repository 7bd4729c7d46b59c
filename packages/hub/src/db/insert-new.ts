import type { Insertable } from 'kysely';
import type { Database, Executor } from './schema.ts';
import { HubSqliteAdapter, InsertEach } from './sqlite-dialect.ts';
import type { SqliteValue } from './sqlite-messages.ts';

/** PostgreSQL takes 65,535 parameters in a statement. */
const ROWS_AT_ONCE = 500;

type Tables = { [T in keyof Database]: Insertable<Database[T]> };

/**
 * Inserts rows that all have the same columns, and leaves out those whose key is taken; gives back what was stored.
 * On SQLite one short statement runs for each row, within its thread: measured, that is faster than a statement with
 * hundreds of rows, and nothing has to be built of them first. `key` tells a table's rows of one call apart.
 */
export async function insertNew<T extends 'messages' | 'drop_notices'>(
  db: Executor,
  table: T,
  rows: readonly Tables[T][],
  key: keyof Tables[T] & string,
): Promise<Tables[T][]> {
  const [first] = rows;
  if (first === undefined) return [];
  if (db.getExecutor().adapter instanceof HubSqliteAdapter) {
    const columns = Object.keys(first);
    const places = columns.map(() => '?').join(', ');
    const sql = `insert into ${table} (${columns.join(', ')}) values (${places}) on conflict do nothing`;
    const values = rows.map((row) => Object.values(row) as SqliteValue[]);
    const left = new Set(
      (await db.executeQuery<{ index: number }>(new InsertEach(sql, values))).rows.map(({ index }) => index),
    );
    return left.size === 0 ? [...rows] : rows.filter((_, index) => !left.has(index));
  }
  return insertTogether(db, table, rows, key);
}

async function insertTogether<T extends 'messages' | 'drop_notices'>(
  db: Executor,
  table: T,
  rows: readonly Tables[T][],
  key: keyof Tables[T] & string,
): Promise<Tables[T][]> {
  const stored = new Set<unknown>();
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    const inserted = await db
      .insertInto(table)
      .values(rows.slice(from, from + ROWS_AT_ONCE) as never)
      .onConflict((conflict) => conflict.doNothing())
      .returning(key as never)
      .execute();
    for (const row of inserted as Record<string, unknown>[]) stored.add(row[key]);
  }
  return rows.filter((row) => stored.has((row as Record<string, unknown>)[key]));
}
