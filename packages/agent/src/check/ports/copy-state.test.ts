import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
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

test('of a memory that a newer agent wrote it says what the agent would', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'skerry-copy-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const db = new DatabaseSync(join(folder, 'agent.db'));
  db.exec('CREATE TABLE facts (name TEXT, value TEXT); PRAGMA user_version = 99');
  db.close();
  await assert.rejects(copyState(folder), { code: 'DataFromNewerVersion', next: /newer version/ });
});
