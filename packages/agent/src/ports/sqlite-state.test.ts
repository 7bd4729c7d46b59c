import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { emptyStreamHash } from '@skerry/contracts';
import type { Position } from '../state/state.ts';
import { openSqliteState } from './sqlite-state.ts';

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'skerry-state-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const position: Position = {
  producer: 'runtime',
  stream: 'result',
  streamId: 'a',
  epoch: 2,
  base: 10,
  acknowledged: 12,
  hash: emptyStreamHash,
  dropped: 1,
};

test('what was remembered is there after a restart', (t) => {
  const folder = folderFor(t);
  const first = openSqliteState(folder);
  assert.deepEqual(first.recall('proven'), {});
  assert.equal(first.recall('applied'), undefined);
  first.savePosition(position);
  first.remember('applied', { epoch: 1, version: 4 });
  first.close();
  const second = openSqliteState(folder);
  t.after(() => second.close());
  assert.deepEqual(second.positions(), [position]);
  assert.deepEqual(second.recall('applied'), { epoch: 1, version: 4 });
});

test('nothing is written where all is there already, so that an agent starts on a full disk too', (t) => {
  const folder = folderFor(t);
  openSqliteState(folder).close();
  const again = openSqliteState(folder);
  t.after(() => again.close());
  assert.equal(statSync(join(folder, 'agent.db-wal')).size, 0);
});

test('a folder of a newer version is left alone', (t) => {
  const folder = folderFor(t);
  openSqliteState(folder).close();
  const db = new DatabaseSync(join(folder, 'agent.db'));
  db.exec('PRAGMA user_version = 99');
  db.close();
  assert.throws(() => openSqliteState(folder), { code: 'DataFromNewerVersion' });
});

test('two agents on one folder are refused, until the first is gone, even by kill -9', async (t) => {
  const folder = folderFor(t);
  const source = `import { openSqliteState } from ${JSON.stringify(new URL('./sqlite-state.ts', import.meta.url).href)};
    openSqliteState(process.argv[1]); console.log('open'); setInterval(() => {}, 1000);`;
  const child = spawn(
    process.execPath,
    [
      '--conditions=source',
      '--input-type=module',
      '--disable-warning=ExperimentalWarning',
      '-e',
      source,
      folder,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  assert.throws(() => openSqliteState(folder), { code: 'FolderInUse' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  openSqliteState(folder).close();
});
