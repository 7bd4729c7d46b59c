import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { isSkerryError } from '@skerry/kit';
import { sql } from 'kysely';
import { openPostgres } from './open.ts';
import { type ServedPostgres, servePostgres } from './postgres-wire-suite.ts';
import type { Db } from './schema.ts';

describe('opening a PostgreSQL database', () => {
  let server: ServedPostgres;
  let db: Db;
  before(async () => {
    server = await servePostgres();
    db = await openPostgres(server.url);
  });
  after(async () => {
    await db.destroy();
    await server.close();
  });

  test('counts are numbers, and a second hub finds the tables of the first', async () => {
    await db
      .insertInto('projects')
      .values({ id: 'a', name: 'a', created_at: 't', revision: 2 ** 40 })
      .execute();
    const again = await openPostgres(server.url);
    const { revision } = await again.selectFrom('projects').select('revision').executeTakeFirstOrThrow();
    assert.equal(revision, 2 ** 40);
    await again.destroy();
  });

  test('a connection that breaks amid a transaction ends that one alone', async () => {
    const cutAmid = db.transaction().execute(async (trx) => {
      await sql`insert into projects values ('cut', 'cut', 't', 0)`.execute(trx);
      server.cut();
      await setTimeout(100);
      await sql`select 1`.execute(trx);
    });
    await assert.rejects(cutAmid);
    assert.deepEqual(await db.selectFrom('projects').select('id').where('id', '=', 'cut').execute(), []);
  });

  test('is refused when it is from a newer version', async () => {
    await sql`insert into kysely_migration (name, timestamp) values ('9999-from-the-future', '')`.execute(db);
    await assert.rejects(openPostgres(server.url), (error) => isSkerryError(error, 'DataFromNewerVersion'));
  });

  test('is refused when nobody answers, and no password is shown', async () => {
    const url = 'postgres://hub:hunter2@127.0.0.1:1/hub';
    await assert.rejects(openPostgres(url), (error) => {
      assert.ok(isSkerryError(error, 'Unreachable'));
      assert.match(error.detail, /127\.0\.0\.1:1 cannot be used/);
      return !error.detail.includes('hunter2');
    });
  });
});
