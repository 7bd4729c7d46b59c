import { CompiledQuery, type Insertable } from 'kysely';
import { eachRow } from './each-row.ts';
import type { Database, Executor } from './schema.ts';
import { insertEach } from './sqlite-dialect.ts';
import type { Step } from './step.ts';

/** PostgreSQL takes 65,535 parameters in a statement. */
const ROWS_AT_ONCE = 500;

type Tables = { [T in keyof Database]: Insertable<Database[T]> };

/** Stores rows, leaves out those whose key is taken, and gives back what was stored. */
export type InsertNew<Row> = (rows: readonly Row[]) => Step<readonly Row[]>;

/**
 * On SQLite one short statement runs for each row, within its thread: measured, that is faster than a statement with
 * hundreds of rows, and nothing has to be built of them first. `key` tells a table's rows of one call apart.
 */
export function insertNew<T extends 'messages' | 'drop_notices'>(
  table: T,
  columns: readonly (keyof Tables[T] & string)[],
  key: keyof Tables[T] & string,
): InsertNew<Tables[T]> {
  const places = columns.map(() => '?').join(', ');
  const insert = CompiledQuery.raw(
    `insert into ${table} (${columns.join(', ')}) values (${places}) on conflict do nothing`,
  );
  return (rows) => ({
    sqlite: () => insertEach(insert, eachRow(rows, columns)),
    read({ rows: left }) {
      if (left.length === 0) return rows;
      const indexes = new Set((left as { index: number }[]).map(({ index }) => index));
      return rows.filter((_, index) => !indexes.has(index));
    },
    run: (db) => insertTogether(db, table, rows, key),
  });
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
