import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { copyState } from './copy-state.ts';

test('a memory that is damaged is told from one of which no copy can be made', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'skerry-copy-'));
  const before = process.env.TMPDIR;
  t.after(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    rmSync(folder, { recursive: true });
  });
  writeFileSync(join(folder, 'agent.db'), 'x'.repeat(4096));
  await assert.rejects(copyState(folder), { code: 'StorageFailed', next: /sets agent\.db aside/ });
  process.env.TMPDIR = join(folder, 'nowhere');
  await assert.rejects(copyState(folder), {
    code: 'StorageFailed',
    detail: /was not looked at/,
    next: /Make room in .*nowhere, or name another folder with TMPDIR/,
  });
});
