import { type CompiledQuery, type QueryResult, SqliteAdapter } from 'kysely';
import type { Executor } from './schema.ts';
import { inOneRequest } from './sqlite-dialect.ts';

/** A statement that is to be run, and what its result says. */
export interface Step<T> {
  run(db: Executor): Promise<T>;
  /** The same for SQLite. */
  sqlite(): CompiledQuery;
  read(result: QueryResult<unknown>): T;
}

type Steps<T extends readonly unknown[]> = { readonly [K in keyof T]: Step<T[K]> };

/**
 * Runs steps one after the other and gives what each says; when one fails, none behind it is run. On SQLite they are one
 * request to its thread. Only for a transaction: what ran before the one that failed has to go with it.
 */
export async function together<T extends readonly unknown[]>(db: Executor, steps: Steps<T>): Promise<T> {
  if (isSqlite(db)) {
    const queries = inOneRequest(steps.map((step) => step.sqlite()));
    const { rows: results } = await db.executeQuery<QueryResult<unknown>>(queries);
    return steps.map((step, index) => step.read(results[index]!)) as unknown as T;
  }
  const said: unknown[] = [];
  for (const step of steps) said.push(await step.run(db));
  return said as unknown as T;
}

export const isSqlite = (db: Executor) => db.getExecutor().adapter instanceof SqliteAdapter;
