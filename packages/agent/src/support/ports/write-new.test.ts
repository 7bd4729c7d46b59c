import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeNew } from './write-new.ts';

test('a bundle that could not be written leaves no file in the way of the next', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'skerry-new-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'bundle.tar.gz');
  // What cannot be read fails in the middle, as a full disk does.
  const tooMuch = { [Symbol.iterator]: () => assert.fail('cut') } as unknown as Uint8Array;
  await assert.rejects(writeNew(path, tooMuch), { code: 'StorageFailed' });
  assert.equal(existsSync(path), false);
  await writeNew(path, Buffer.from('x'));
  await assert.rejects(writeNew(path, Buffer.from('y')), { code: 'Conflict' });
});
