import type { PGlite } from '@electric-sql/pglite';
import type { PostgresPool } from 'kysely';

/** PGlite, which is PostgreSQL in this process with one connection, as the pool that Kysely's dialect takes. */
export function pglitePool(postgres: PGlite, onEnd: () => Promise<void>): PostgresPool {
  let last: Promise<void> = Promise.resolve();
  return {
    async connect() {
      const before = last;
      let release = () => {};
      last = new Promise((resolve) => {
        release = resolve;
      });
      await before;
      return {
        release,
        query: (async (sql: string, parameters: readonly unknown[]) => {
          const { rows, affectedRows } = await postgres.query(sql, [...parameters]);
          return { command: commandOf(sql), rowCount: affectedRows ?? 0, rows };
        }) as never,
      };
    },
    end: onEnd,
  };
}

function commandOf(sql: string): string {
  return sql.trimStart().split(/\s/, 1)[0]?.toUpperCase() ?? '';
}
