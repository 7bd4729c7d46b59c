import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeClock } from '@skerry/kit/node';
import { CompiledQuery, Kysely } from 'kysely';
import { gate } from './gate.ts';
import type { SqliteClient } from './sqlite-client.ts';
import { sqliteDialect } from './sqlite-dialect.ts';

/** A database that does nothing, and keeps what it was asked; `fails`: the request of that text fails. */
function recording(fails?: string) {
  const requests: string[] = [];
  const client: SqliteClient = {
    async run(statements) {
      const request = statements.map(({ sql }) => sql).join('; ');
      requests.push(request);
      if (request === fails) throw new Error('it fails');
      return statements.map(() => ({ rows: [] }));
    },
    close: async () => {},
  };
  const lane = { client, gate: gate({ clock: nodeClock(), maxWaiting: 10, maxWaitMs: 1_000 }) };
  return { requests, db: new Kysely<unknown>({ dialect: sqliteDialect(lane, lane) }) };
}

const queries = (db: Kysely<unknown>, ...texts: string[]) =>
  db.transaction().execute(async (trx) => {
    for (const text of texts) await trx.executeQuery(CompiledQuery.raw(text)).catch(() => {});
  });

test('a transaction begins with its first query', async () => {
  const { db, requests } = recording();
  await queries(db, 'first', 'second');
  assert.deepEqual(requests, ['begin immediate; first', 'second', 'commit']);
});

test('one without a query is none, and keeps nobody out', async () => {
  const { db, requests } = recording();
  await queries(db);
  await queries(db, 'one');
  assert.deepEqual(requests, ['begin immediate; one', 'commit']);
});

test('where it may not have begun nothing more is run, though nobody listened', async () => {
  const { db, requests } = recording('begin immediate; first');
  await assert.rejects(queries(db, 'first', 'second'), /it fails/);
  assert.deepEqual(requests, ['begin immediate; first', 'rollback']);
});
