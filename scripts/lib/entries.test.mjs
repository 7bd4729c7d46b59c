import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { entriesOf } from './entries.mjs';

function sources(t, ...paths) {
  const folder = mkdtempSync(join(tmpdir(), 'skerry-entries-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const path of paths) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), '');
  }
  return folder;
}

test('main, threads and children are entries under their bare names; nothing else is', (t) => {
  const folder = sources(
    t,
    'main.ts',
    'a/main.ts',
    'db/sqlite-thread.ts',
    'm/n/cut-child.ts',
    'm/child.ts',
    'x.ts',
  );
  assert.deepEqual(entriesOf(folder), {
    main: join(folder, 'main.ts'),
    'sqlite-thread': join(folder, 'db/sqlite-thread.ts'),
    'cut-child': join(folder, 'm/n/cut-child.ts'),
  });
});

test('two entries of one name are refused, since one would overwrite the other', (t) => {
  const folder = sources(t, 'main.ts', 'a/cut-child.ts', 'b/cut-child.ts');
  assert.throws(
    () => entriesOf(folder),
    /a.cut-child\.ts and|would both be built as cut-child\.mjs: rename one/,
  );
});
