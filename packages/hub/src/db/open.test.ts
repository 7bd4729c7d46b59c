import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { isSkerryError } from '@skerry/kit';
import { nodeClock } from '@skerry/kit/node';
import { sql } from 'kysely';
import { databaseError } from './database-errors.ts';
import { openSqlite } from './open.ts';

const clock = nodeClock();

describe('opening a SQLite file', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'skerry-db-'));
  });
  after(() => rm(folder, { recursive: true }));

  test('writes survive, with WAL and full synchronisation', async () => {
    const path = join(folder, 'kept.db');
    const first = await openSqlite(path, clock);
    const modes = await sql<
      Record<string, unknown>
    >`select * from pragma_journal_mode, pragma_synchronous`.execute(first);
    assert.deepEqual(modes.rows, [{ journal_mode: 'wal', synchronous: 2 }]);
    await first.insertInto('installation').values({ hub_id: 'h', epoch: 1, created_at: 't' }).execute();
    await first.destroy();
    const again = await openSqlite(path, clock);
    assert.equal(
      (await again.selectFrom('installation').select('hub_id').executeTakeFirstOrThrow()).hub_id,
      'h',
    );
    await again.destroy();
  });

  test('a log that grew behind a long reader gives its bytes back', async (t) => {
    const path = join(folder, 'long.db');
    const db = await openSqlite(path, clock);
    t.after(() => db.destroy());
    await sql`create table ballast (bytes blob)`.execute(db);
    const insert = (bytes: number) => sql`insert into ballast values (zeroblob(${bytes}))`.execute(db);
    const mebibytes = async () => (await stat(`${path}-wal`)).size / 2 ** 20;
    const reader = new DatabaseSync(path, { readOnly: true });
    reader.exec('BEGIN; SELECT count(*) FROM ballast');
    for (let i = 0; i < 24; i++) await insert(2 ** 20);
    assert.ok((await mebibytes()) > 24);
    reader.close();
    await insert(2 ** 20);
    await insert(2 ** 20);
    assert.ok((await mebibytes()) <= 16, `${await mebibytes()} MiB`);
  });

  test('a transaction that finds the disk full says so, and the next goes through', async (t) => {
    const db = await openSqlite(join(folder, 'full.db'), clock);
    t.after(() => db.destroy());
    await sql`create table ballast (bytes blob)`.execute(db);
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db);
    await sql`pragma max_page_count = ${sql.lit(rows[0]!.page_count + 2)}`.execute(db);
    const insert = (bytes: number) =>
      db.transaction().execute((trx) => sql`insert into ballast values (zeroblob(${bytes}))`.execute(trx));
    await assert.rejects(insert(1_000_000), (error) => databaseError(error)?.code === 'DiskFull');
    await insert(1);
  });

  test('is refused while another has it open', async () => {
    const path = join(folder, 'busy.db');
    const first = await openSqlite(path, clock);
    await assert.rejects(openSqlite(path, clock), (error) => isSkerryError(error, 'FolderInUse'));
    await first.destroy();
    await (await openSqlite(path, clock)).destroy();
  });

  test('is refused when it is from a newer version, and nothing is touched', async () => {
    const path = join(folder, 'newer.db');
    const first = await openSqlite(path, clock);
    await sql`insert into kysely_migration (name, timestamp) values ('9999-from-the-future', '')`.execute(
      first,
    );
    await first.destroy();
    await assert.rejects(openSqlite(path, clock), (error) => isSkerryError(error, 'DataFromNewerVersion'));
    await assert.rejects(openSqlite(path, clock), /9999-from-the-future/);
  });

  test('is refused when it is no database', async () => {
    const path = join(folder, 'text.db');
    await writeFile(path, 'not a database at all, but long enough to be looked at as one'.repeat(20));
    await assert.rejects(openSqlite(path, clock), (error) => isSkerryError(error, 'StorageFailed'));
  });

  test('is refused when the folder is not there', async () => {
    await assert.rejects(openSqlite(join(folder, 'none', 'hub.db'), clock), (error) =>
      isSkerryError(error, 'StorageFailed'),
    );
  });

  test('a reader sees what was committed before, and not what is not', async () => {
    const db = await openSqlite(join(folder, 'lanes.db'), clock);
    const count = async () => (await db.selectFrom('projects').select('id').execute()).length;
    const row = (id: string) => ({ id, name: id, created_at: 't', revision: 0 });
    await db.transaction().execute(async (trx) => {
      await trx.insertInto('projects').values(row('a')).execute();
      assert.equal(await count(), 0, 'while a transaction is open, others read on');
      assert.equal((await trx.selectFrom('projects').select('id').execute()).length, 1);
    });
    for (let number = 1; number <= 50; number++) {
      assert.equal(await count(), number);
      await db
        .insertInto('projects')
        .values(row(`n${number}`))
        .execute();
    }
    await db.destroy();
  });

  test('a transaction has the connection until its end, and others wait their turn', async () => {
    const db = await openSqlite(join(folder, 'turns.db'), clock);
    await db.insertInto('installation').values({ hub_id: 'h', epoch: 0, created_at: 't' }).execute();
    const increment = () =>
      db.transaction().execute(async (trx) => {
        const { epoch } = await trx.selectFrom('installation').select('epoch').executeTakeFirstOrThrow();
        await trx
          .updateTable('installation')
          .set({ epoch: epoch + 1 })
          .execute();
      });
    await Promise.all(Array.from({ length: 50 }, increment));
    assert.equal((await db.selectFrom('installation').select('epoch').executeTakeFirstOrThrow()).epoch, 50);
    await db.destroy();
  });
});
