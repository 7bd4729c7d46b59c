import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { digestOf } from '@skerry/contracts';
import { type Disk, silentLogger } from '@skerry/kit';
import { nodeClock, nodeDisk, nodeRandom } from '@skerry/kit/node';
import { openSqlite } from '../db/open.ts';
import type { Db } from '../db/schema.ts';
import { hubContext } from '../hub-context.ts';
import { installHub } from '../installation/service.ts';
import { beginEpoch } from '../new-epoch.ts';
import { copyDatabase, removeAbandonedCopies } from './copy.ts';
import { restoreBackup } from './restore.ts';
import type { Opener, Seal } from './seal.ts';
import { refuseUnfinishedRestore } from './stage.ts';
import { writeBackup } from './write.ts';

const clock = nodeClock();
const random = nodeRandom();
const disk = nodeDisk();
const blob = Buffer.alloc(300_000, 'weights');
const hex = digestOf(blob).slice('sha256:'.length);
const blobPath = join('blobs', 'sha256', hex.slice(0, 2), hex);

const contextOver = (db: Db) =>
  hubContext({ db, clock, random, logger: silentLogger, onDesiredChanged: () => {} });

describe('a backup', () => {
  let folder: string;
  let data: string;
  let db: Db;
  let seal: Seal;
  let opener: Opener;

  before(async () => {
    const age = await import('age-encryption');
    const identity = await age.generateX25519Identity();
    opener = { identities: [identity] };
    seal = { recipients: [await age.identityToRecipient(identity)] };
    folder = await mkdtemp(join(tmpdir(), 'skerry-backup-'));
    data = join(folder, 'hub');
    await disk.makeFolder(data);
    db = await openSqlite(join(data, 'hub.db'), clock);
    await installHub(contextOver(db));
    await disk.makeFolder(join(data, 'keys'));
    await writeFile(join(data, 'keys', 'root.key'), 'the root');
    await disk.makeFolder(join(data, blobPath, '..'));
    await writeFile(join(data, blobPath), blob);
    const { id: project_id } = await db.selectFrom('projects').select('id').executeTakeFirstOrThrow();
    const row = { project_id, repository: 'models/m', created_at: '2026-01-01T00:00:00.000Z' };
    const gone = digestOf('gone');
    await db
      .insertInto('repository_blobs')
      .values([
        { ...row, digest: digestOf(blob), size: blob.length },
        { ...row, digest: gone, size: 4 },
      ])
      .execute();
  });
  after(async () => {
    await db.destroy();
    await rm(folder, { recursive: true });
  });

  const backUp = async (name: string) => {
    const file = join(folder, name);
    const signal = new AbortController().signal;
    return { file, ...(await writeBackup({ disk, clock, random, data, file, seal, version: '0', signal })) };
  };
  const begin = (restored: Db) => beginEpoch(contextOver(restored), 'a backup');
  const restore = (file: string, to: string, on: Disk = disk) =>
    restoreBackup({ disk: on, clock, file, opener, data: to, begin });

  test('of a hub that has its database open is a whole hub, in a later epoch', async () => {
    const { file, missing, epoch } = await backUp('whole.age');
    assert.equal(((await stat(file)).mode & 0o777).toString(8), '600');
    assert.deepEqual(missing, [digestOf('gone')]);
    assert.equal(epoch, 1);
    assert.deepEqual(
      (await disk.list(data)).map(({ name }) => name).filter((name) => name.startsWith('backup-')),
      [],
      'no copy in clear is left',
    );
    const to = join(folder, 'restored');
    const { begun } = await restore(file, to);
    assert.ok(begun.epoch > 1);
    assert.ok((await readFile(join(to, blobPath))).equals(blob));
    assert.equal(await readFile(join(to, 'keys', 'root.key'), 'utf8'), 'the root');
    const restored = await openSqlite(join(to, 'hub.db'), clock);
    const { hub_id, epoch: now } = await restored
      .selectFrom('installation')
      .selectAll()
      .executeTakeFirstOrThrow();
    await restored.destroy();
    assert.deepEqual([hub_id, now], [begun.hubId, begun.epoch]);
  });

  test('leaves no copy of the database in clear behind while it goes on, and removes one that was left', async () => {
    const left = join(data, 'backup-0123456789ab.db');
    await writeFile(left, 'what was killed while it copied');
    await utimes(left, 0, 0);
    const young = join(data, 'backup-ba9876543210.db');
    await writeFile(young, 'what another backup copies now');
    const copy = await copyDatabase({ disk, clock, random, data });
    const names = (await disk.list(data)).map(({ name }) => name);
    assert.deepEqual(
      names.filter((name) => name.startsWith('backup-')),
      [basename(left), basename(young)],
    );
    assert.match(Buffer.from(await copy.file.read(0, 15)).toString(), /^SQLite format 3/);
    await copy.file.close();
    await removeAbandonedCopies({ disk, clock, data });
    assert.equal(await disk.stat(left), undefined);
    assert.ok(await disk.stat(young));
    await disk.remove(young);
  });

  test('removes what a killed one left beside the file that it is to be, and nothing else', async () => {
    const file = join(folder, 'again.age');
    const [killed, young] = [`${file}.0123456789ab.tmp`, `${file}.ba9876543210.tmp`];
    const others = [`${file}.notes.tmp`, join(folder, 'other.age.0123456789ab.tmp')];
    for (const path of [killed, young, ...others]) await writeFile(path, 'sealed, and not whole');
    for (const path of [killed, ...others]) await utimes(path, 0, 0);
    await backUp('again.age');
    assert.equal(await disk.stat(killed), undefined);
    for (const path of [young, ...others]) assert.ok(await disk.stat(path), path);
  });

  test('says which of the keys it cannot hold', async () => {
    const odd = join(data, 'keys', 'root (copy).key');
    await writeFile(odd, 'by hand');
    await assert.rejects(backUp('odd.age'), { code: 'StorageFailed', message: /root \(copy\)\.key/ });
    await disk.remove(odd);
  });

  test('is not restored over what is no restore’s, whatever folder is in it', async () => {
    const { file } = await backUp('home.age');
    const home = join(folder, 'home');
    await disk.makeFolder(join(home, 'restoring'));
    await writeFile(join(home, 'letters'), 'of a person');
    await assert.rejects(restore(file, home), { code: 'Conflict' });
    assert.equal(await readFile(join(home, 'letters'), 'utf8'), 'of a person');
  });

  test('overwrites nothing, and neither does a restore', async () => {
    const { file } = await backUp('first.age');
    await assert.rejects(backUp('first.age'), { code: 'Conflict' });
    await assert.rejects(restore(file, data), { code: 'Conflict' });
  });

  test('that does not open leaves nothing of it behind, and a folder that no hub begins in', async () => {
    const { file } = await backUp('locked.age');
    const age = await import('age-encryption');
    const to = join(folder, 'locked');
    const wrong: Opener = { identities: [await age.generateX25519Identity()] };
    await assert.rejects(restoreBackup({ disk, clock, file, opener: wrong, data: to, begin }), {
      code: 'BackupLocked',
    });
    assert.deepEqual(await disk.list(join(to, 'restoring')), []);
    await assert.rejects(refuseUnfinishedRestore(disk, to), { code: 'RestoreUnfinished' });
    await restore(file, to);
    await refuseUnfinishedRestore(disk, to);
  });

  test('with a damaged blob is refused when it is taken', async () => {
    await writeFile(join(data, blobPath), Buffer.alloc(blob.length, 'weight5'));
    await assert.rejects(backUp('damaged.age'), { code: 'DigestMismatch' });
    await writeFile(join(data, blobPath), blob);
    assert.equal(await disk.stat(join(folder, 'damaged.age')), undefined);
  });

  test('whose restore is cut at any step is a whole hub or none, and can be restored again', async () => {
    const { file } = await backUp('cut.age');
    const steps = await countSteps((on) => restore(file, join(folder, 'counted'), on));
    assert.ok(steps > 12, `only ${steps} steps`);
    for (let step = 1; step <= steps; step++) {
      const to = join(folder, `cut-${step}`);
      await assert.rejects(restore(file, to, dyingDisk(step)), /the power is gone/);
      const isWhole = (await disk.stat(join(to, 'hub.db'))) !== undefined;
      if (isWhole) {
        assert.ok((await readFile(join(to, blobPath))).equals(blob), `step ${step}`);
        await refuseUnfinishedRestore(disk, to);
        continue;
      }
      if ((await disk.list(to)).length > 0)
        await assert.rejects(
          refuseUnfinishedRestore(disk, to),
          { code: 'RestoreUnfinished' },
          `step ${step}`,
        );
      await restore(file, to);
      assert.ok((await readFile(join(to, blobPath))).equals(blob));
      assert.deepEqual(
        (await disk.list(to)).map(({ name }) => name),
        ['blobs', 'hub.db', 'keys'],
      );
    }
  });
});

const changing = ['makeFolder', 'openAppend', 'rename', 'remove', 'removeTree'] as const;

/** A disk whose process dies at its `last` change: it does nothing from then on, tidying up included. */
function dyingDisk(last: number, count = { steps: 0 }): Disk {
  const dying = { ...disk };
  for (const name of changing)
    Object.assign(dying, {
      [name]: (...args: never[]) => {
        count.steps += 1;
        if (count.steps >= last) return Promise.reject(new Error('the power is gone'));
        return (disk[name] as (...args: never[]) => Promise<unknown>)(...args);
      },
    });
  return dying;
}

async function countSteps(work: (on: Disk) => Promise<unknown>): Promise<number> {
  const count = { steps: 0 };
  await work(dyingDisk(Number.POSITIVE_INFINITY, count));
  return count.steps;
}
