import {
  type Compilable,
  type CompiledQuery,
  type DialectAdapter,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryCompiler,
  type QueryResult,
  type RawBuilder,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely';
import type { Database, Executor } from './schema.ts';
import { isSqlite, type Step } from './step.ts';

/** Builds statements and runs none ("cold" instances: https://kysely.dev/docs/recipes/splitting-query-building-and-execution). */
const cold = {
  sqlite: builder(SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler),
  postgres: builder(PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler),
};

/** Runs a statement with the values that it was prepared for. */
export interface Prepared<Given, Row> {
  (db: Executor, given: Given): Promise<QueryResult<Row>>;
  /** To be run together with others; `read` says what its result means. */
  step<T>(given: Given, read: (result: QueryResult<Row>) => T): Step<T>;
}

/**
 * A statement that runs so often that it is built and compiled once, for both kinds of database. `build` writes it as
 * it would for one call; what it is given there under each of the `names` only stands for a value to come, so nothing
 * may depend on it.
 */
export function prepared<Given extends object, Row>(
  names: readonly (keyof Given & string)[],
  build: (db: Kysely<Database>, given: Given) => Compilable<Row>,
): Prepared<Given, Row> {
  // No value of a statement is a symbol.
  const places = Object.fromEntries(names.map((name) => [name, Symbol(name)])) as Given;
  const sqlite = build(cold.sqlite, places).compile();
  const postgres = build(cold.postgres, places).compile();
  const run = (db: Executor, given: Given) =>
    db.executeQuery(filled(isSqlite(db) ? sqlite : postgres, given));
  const step: Prepared<Given, Row>['step'] = (given, read) => ({
    run: async (db) => read(await run(db, given)),
    sqlite: () => filled(sqlite, given),
    read: (result) => read(result as QueryResult<Row>),
  });
  return Object.assign(run, { step });
}

/** The texts of a JSON list, which is one value of a statement, however long: `where('id', 'in', textsIn(db, ids))`. */
export function textsIn(db: Executor, list: string): RawBuilder<string> {
  return isSqlite(db)
    ? sql`(select value from json_each(${list}))`
    : sql`(select json_array_elements_text(${list}::json))`;
}

function filled<Row>(compiled: CompiledQuery<Row>, given: object): CompiledQuery<Row> {
  const values = given as Record<string, unknown>;
  const parameters = compiled.parameters.map((it) => (typeof it === 'symbol' ? values[it.description!] : it));
  return { ...compiled, parameters };
}

function builder(
  Adapter: new () => DialectAdapter,
  Introspector: new (db: Kysely<unknown>) => SqliteIntrospector | PostgresIntrospector,
  Compiler: new () => QueryCompiler,
): Kysely<Database> {
  return new Kysely({
    dialect: {
      createAdapter: () => new Adapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new Introspector(db),
      createQueryCompiler: () => new Compiler(),
    },
  });
}
