import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Disk } from './disk.ts';

/** What every `Disk` must do. `setUp` gives one, with an empty folder of it to work in. */
export function diskConformance(name: string, setUp: () => Promise<{ disk: Disk; folder: string }>): void {
  const check = (what: string, run: (disk: Disk, folder: string) => Promise<void>) =>
    test(`${name}: ${what}`, async () => {
      const { disk, folder } = await setUp();
      await run(disk, folder);
    });
  const code = (expected: string) => (error: { code?: string }) => error.code === expected;
  const text = async (disk: Disk, path: string) => Buffer.from(await disk.read(path)).toString();

  check('reads what was written atomically, and replaces it', async (disk, folder) => {
    await disk.writeAtomic(`${folder}/a`, 'one');
    await disk.writeAtomic(`${folder}/a`, Buffer.from('two'));
    assert.equal(await text(disk, `${folder}/a`), 'two');
    assert.deepEqual(await disk.list(folder), [{ name: 'a', size: 3, kind: 'file' }]);
  });

  check('says FileNotFound for what is not there', async (disk, folder) => {
    const nowhere = `${folder}/nowhere`;
    await assert.rejects(disk.read(nowhere), code('FileNotFound'));
    await assert.rejects(disk.openRead(nowhere), code('FileNotFound'));
    await assert.rejects(disk.rename(nowhere, `${folder}/b`), code('FileNotFound'));
    await assert.rejects(disk.link(nowhere, `${folder}/b`), code('FileNotFound'));
    await assert.rejects(disk.truncate(nowhere, 0), code('FileNotFound'));
    await assert.rejects(disk.writeAtomic(`${nowhere}/a`, 'x'), code('FileNotFound'));
    await assert.rejects(disk.openAppend(`${nowhere}/a`), code('FileNotFound'));
  });

  check('takes absence for an answer where that is the question', async (disk, folder) => {
    const nowhere = `${folder}/nowhere`;
    assert.equal(await disk.readIfThere(nowhere), undefined);
    assert.equal(await disk.stat(nowhere), undefined);
    assert.deepEqual(await disk.list(nowhere), []);
    await disk.remove(nowhere);
    await disk.removeTree(nowhere);
  });

  check('appends to the end, also after opening again', async (disk, folder) => {
    const first = await disk.openAppend(`${folder}/log`);
    assert.equal(first.size, 0);
    await first.write(Buffer.from('ab'));
    await first.write(Buffer.from('cd'));
    assert.equal(first.size, 4);
    await first.sync();
    await first.close();
    const second = await disk.openAppend(`${folder}/log`);
    assert.equal(second.size, 4);
    await second.write(Buffer.from('e'));
    await second.close();
    assert.equal(await text(disk, `${folder}/log`), 'abcde');
  });

  check('reads at a position, less at the end, and what comes later', async (disk, folder) => {
    const writer = await disk.openAppend(`${folder}/log`);
    await writer.write(Buffer.from('abcdef'));
    const reader = await disk.openRead(`${folder}/log`);
    assert.equal(Buffer.from(await reader.read(2, 3)).toString(), 'cde');
    assert.equal(Buffer.from(await reader.read(4, 9)).toString(), 'ef');
    assert.equal((await reader.read(9, 9)).length, 0);
    await writer.write(Buffer.from('gh'));
    await reader.sync();
    assert.equal(await reader.size(), 8);
    assert.equal(Buffer.from(await reader.read(6, 9)).toString(), 'gh');
    await writer.close();
    await reader.close();
  });

  check('cuts a file', async (disk, folder) => {
    await disk.writeAtomic(`${folder}/a`, 'abcdef');
    await disk.truncate(`${folder}/a`, 2);
    assert.equal(await text(disk, `${folder}/a`), 'ab');
  });

  check('moves over what is there', async (disk, folder) => {
    await disk.writeAtomic(`${folder}/a`, 'new');
    await disk.writeAtomic(`${folder}/b`, 'old');
    await disk.rename(`${folder}/a`, `${folder}/b`);
    assert.equal(await text(disk, `${folder}/b`), 'new');
    assert.equal(await disk.stat(`${folder}/a`), undefined);
  });

  check('gives a file a second name, and refuses one that is taken', async (disk, folder) => {
    await disk.writeAtomic(`${folder}/a`, 'same');
    await disk.link(`${folder}/a`, `${folder}/b`);
    await disk.remove(`${folder}/a`);
    assert.equal(await text(disk, `${folder}/b`), 'same');
    await disk.writeAtomic(`${folder}/c`, 'other');
    await assert.rejects(disk.link(`${folder}/b`, `${folder}/c`), code('Conflict'));
  });

  check('makes folders with their parents, lists and removes them', async (disk, folder) => {
    await disk.makeFolder(`${folder}/x/y/z`);
    await disk.makeFolder(`${folder}/x/y/z`);
    await disk.writeAtomic(`${folder}/x/y/file`, 'abc');
    assert.deepEqual(await disk.list(`${folder}/x/y`), [
      { name: 'file', size: 3, kind: 'file' },
      { name: 'z', size: 0, kind: 'folder' },
    ]);
    assert.equal((await disk.stat(`${folder}/x`))?.kind, 'folder');
    await disk.removeTree(`${folder}/x`);
    assert.deepEqual(await disk.list(folder), []);
  });

  check('keeps to the mode that is asked for, and to itself otherwise', async (disk, folder) => {
    await disk.writeAtomic(`${folder}/own`, 'x');
    await disk.writeAtomic(`${folder}/all`, 'x', { mode: 0o644 });
    assert.equal((await disk.stat(`${folder}/own`))?.mode, 0o600);
    assert.equal((await disk.stat(`${folder}/all`))?.mode, 0o644);
  });

  check('watches a folder until stopped, and any folder without failing', async (disk, folder) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = disk.watch(folder, resolve);
    await disk.writeAtomic(`${folder}/a`, 'x');
    await promise;
    stop();
    stop();
    disk.watch(`${folder}/nowhere`, () => {})();
  });

  check('makes removals durable', async (disk, folder) => {
    await disk.writeAtomic(`${folder}/a`, 'x');
    await disk.remove(`${folder}/a`);
    await disk.syncFolder(folder);
    assert.deepEqual(await disk.list(folder), []);
  });

  check('knows how much is free', async (disk, folder) => {
    assert.ok((await disk.freeBytes(folder)) > 0);
  });
}
