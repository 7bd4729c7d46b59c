import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryDisk } from './testing/memory-disk.ts';
import { mendWithCopy, readWithCopy, writeWithCopy, writtenAt } from './with-copy.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const first = () => 0;
const second = () => 0.9;

test('what is written twice is read twice, and once where one cannot be read', async () => {
  const disk = memoryDisk();
  assert.deepEqual(await readWithCopy(disk, '/a/key'), []);
  await disk.makeFolder('/a');
  await writeWithCopy(disk, '/a/key', 'good');
  assert.deepEqual(await readWithCopy(disk, '/a/key'), [bytes('good'), bytes('good')]);
  assert.ok(disk.killPage('/a', first));
  assert.deepEqual(await readWithCopy(disk, '/a/key'), [bytes('good')]);
  assert.ok(disk.killPage('/a', second));
  await assert.rejects(readWithCopy(disk, '/a/key'), { code: 'StorageFailed' });
});

test('a copy alone is of a file that was not finished, or that somebody removed', async () => {
  const disk = memoryDisk();
  await disk.makeFolder('/a');
  await writeWithCopy(disk, '/a/key', 'good');
  await disk.remove('/a/key');
  assert.deepEqual(await readWithCopy(disk, '/a/key'), []);
});

test('both become what turned out to be good, and nothing else is written', async () => {
  let now = 1_000;
  const disk = memoryDisk(() => now);
  await disk.makeFolder('/a');
  await writeWithCopy(disk, '/a/key', 'good');
  for (const damage of [disk.flipBit, disk.killPage])
    for (const which of [first, second]) {
      now += 1_000;
      assert.ok(damage('/a', which));
      await mendWithCopy(disk, '/a/key', bytes('good'));
      assert.deepEqual(await readWithCopy(disk, '/a/key'), [bytes('good'), bytes('good')]);
    }
  now += 1_000;
  const before = await writtenAt(disk, '/a/key');
  await mendWithCopy(disk, '/a/key', bytes('good'));
  assert.equal(await writtenAt(disk, '/a/key'), before);
});

test('when it was written is not when one of them was mended', async () => {
  let now = 1_000;
  const disk = memoryDisk(() => now);
  await disk.makeFolder('/a');
  await writeWithCopy(disk, '/a/key', 'good');
  now = 5_000;
  assert.ok(disk.flipBit('/a', first));
  await mendWithCopy(disk, '/a/key', bytes('good'));
  assert.equal(await writtenAt(disk, '/a/key'), 1_000);
});
