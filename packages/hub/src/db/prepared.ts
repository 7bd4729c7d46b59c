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

/** Builds statements and runs none ("cold" instances: https://kysely.dev/docs/recipes/splitting-query-building-and-execution). */
const cold = {
  sqlite: builder(SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler),
  postgres: builder(PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler),
};

/** Runs a statement with the values that it was prepared for. */
export type Prepared<Given, Row> = (db: Executor, given: Given) => Promise<QueryResult<Row>>;

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
  return (db, given) => {
    const compiled = isSqlite(db) ? sqlite : postgres;
    return db.executeQuery(filled(compiled, given as Record<string, unknown>));
  };
}

/** The texts of a JSON list, which is one value of a statement, however long: `where('id', 'in', textsIn(db, ids))`. */
export function textsIn(db: Executor, list: string): RawBuilder<string> {
  return isSqlite(db)
    ? sql`(select value from json_each(${list}))`
    : sql`(select json_array_elements_text(${list}::json))`;
}

const isSqlite = (db: Executor) => db.getExecutor().adapter instanceof SqliteAdapter;

function filled<Row>(compiled: CompiledQuery<Row>, given: Record<string, unknown>): CompiledQuery<Row> {
  const parameters = compiled.parameters.map((it) => (typeof it === 'symbol' ? given[it.description!] : it));
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
