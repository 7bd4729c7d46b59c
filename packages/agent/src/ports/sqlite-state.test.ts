import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { emptyStreamHash } from '@skerry/contracts';
import { manualClock } from '@skerry/kit/testing';
import type { Position } from '../state/state.ts';
import { openSqliteState } from './sqlite-state.ts';

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'skerry-state-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const clock = manualClock(Date.UTC(2025, 0, 2));

const position: Position = {
  producer: 'runtime',
  stream: 'result',
  streamId: 'a',
  epoch: 2,
  base: 10,
  acknowledged: 12,
  hash: emptyStreamHash,
  dropped: 1,
  known: { number: 12, hash: 'f'.repeat(64) },
  former: { epoch: 1, acknowledged: 7 },
};

function overwrite(path: string, at: number, length: number): void {
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill('x', at, at + length));
}

function run(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

test('what was remembered is there after a restart', (t) => {
  const folder = folderFor(t);
  const first = openSqliteState(folder, clock);
  assert.deepEqual(first.recall('proven'), {});
  assert.equal(first.recall('applied'), undefined);
  first.savePosition(position);
  first.remember('applied', { epoch: 1, version: 4 });
  first.close();
  const second = openSqliteState(folder, clock);
  t.after(() => second.close());
  assert.deepEqual(second.positions(), [position]);
  assert.deepEqual(second.recall('applied'), { epoch: 1, version: 4 });
});

const formats = [
  [1, '', ''],
  [2, 'known_number INTEGER, known_hash TEXT,', `, 12, '${'f'.repeat(64)}'`],
] as const;
for (const [format, columns, values] of formats)
  test(`what was remembered in format ${format} is read on`, (t) => {
    const folder = folderFor(t);
    openSqliteState(folder, clock).close();
    run(
      join(folder, 'agent.db'),
      `DROP TABLE positions; PRAGMA user_version = ${format};
       CREATE TABLE positions (
         producer TEXT NOT NULL, stream TEXT NOT NULL, stream_id TEXT NOT NULL, epoch INTEGER NOT NULL,
         base INTEGER NOT NULL, acknowledged INTEGER NOT NULL, hash TEXT NOT NULL, dropped INTEGER NOT NULL,
         ${columns} PRIMARY KEY (producer, stream)
       ) STRICT;
       INSERT INTO positions VALUES ('runtime', 'result', 'a', 2, 10, 12, '${emptyStreamHash}', 1${values})`,
    );
    const state = openSqliteState(folder, clock);
    t.after(() => state.close());
    const { known, former: _, ...before } = position;
    assert.deepEqual(state.positions(), [format === 1 ? before : { ...before, known }]);
    state.savePosition(position);
    assert.deepEqual(state.positions(), [position]);
  });

test('nothing is written where all is there already, so that an agent starts on a full disk too', (t) => {
  const folder = folderFor(t);
  openSqliteState(folder, clock).close();
  const again = openSqliteState(folder, clock);
  t.after(() => again.close());
  assert.equal(statSync(join(folder, 'agent.db-wal')).size, 0);
});

test('a folder of a newer version is left alone', (t) => {
  const folder = folderFor(t);
  openSqliteState(folder, clock).close();
  run(join(folder, 'agent.db'), 'PRAGMA user_version = 99');
  assert.throws(() => openSqliteState(folder, clock), { code: 'DataFromNewerVersion' });
});

test('a damaged memory is set aside, and another begun', (t) => {
  const damages: readonly [string, (path: string) => void][] = [
    ['no database', (path) => writeFileSync(path, Buffer.alloc(4096, 'x'))],
    ['cut short', (path) => truncateSync(path, 4096 * 3 + 100)],
    ['a page overwritten', (path) => overwrite(path, 4096 * 2, 4096)],
    ['a value that says nothing', (path) => run(path, "UPDATE facts SET value = '{'")],
    ['a value of another kind', (path) => run(path, "UPDATE facts SET value = '[]'")],
  ];
  for (const [what, damage] of damages) {
    const folder = folderFor(t);
    const first = openSqliteState(folder, clock);
    for (let n = 0; n < 50; n++) first.commands.receive({ id: `${n}`, number: n + 1 }, 'x'.repeat(500));
    first.remember('applied', { epoch: 1, version: 4 });
    first.close();
    damage(join(folder, 'agent.db'));
    const reasons: unknown[] = [];
    const second = openSqliteState(folder, clock, (why) => reasons.push(why));
    t.after(() => second.close());
    assert.equal(reasons.length, 1, what);
    assert.equal(second.recall('applied'), undefined);
    second.remember('applied', { epoch: 1, version: 5 });
    assert.equal(second.inbox.after(41).messages.length, 0);
    second.commands.receive({ id: 'new', number: 51 }, 'goes on');
    const number = second.inbox.after(41).messages[0]?.number ?? 0;
    assert.ok(number >= 86_401, 'behind all that programs have seen');
    assert.ok(statSync(join(folder, 'agent.db.bad')).size > 0);
  }
});

test('an inbox that was set aside is followed by higher numbers, whatever the clock says, also after a cut in between', (t) => {
  for (const [now, isCut] of [
    [5_000, false],
    [Date.UTC(2026, 0, 2), true],
  ] as const) {
    const folder = folderFor(t);
    const first = openSqliteState(folder, clock);
    first.commands.receive({ id: 'one', number: 57 }, 'seen');
    first.close();
    const path = join(folder, 'agent.db');
    overwrite(path, 0, statSync(path).size);
    if (isCut) renameSync(path, `${path}.bad`);
    const second = openSqliteState(folder, { now: () => now });
    t.after(() => second.close());
    second.commands.receive({ id: 'two', number: 58 }, 'news');
    assert.equal(second.inbox.after(57).messages.length, 1);
  }
});

test('a message of the inbox that a disk has damaged keeps nobody from those behind it', (t) => {
  const folder = folderFor(t);
  const first = openSqliteState(folder, clock);
  first.commands.receive({ id: 'one', number: 1 }, 'FLIP');
  first.commands.receive({ id: 'two', number: 2 }, 'news');
  first.close();
  const path = join(folder, 'agent.db');
  const bytes = readFileSync(path);
  bytes[bytes.indexOf('"FLIP"')]! ^= 1;
  writeFileSync(path, bytes);
  const second = openSqliteState(folder, clock);
  t.after(() => second.close());
  const { messages } = second.inbox.after(0);
  assert.deepEqual(
    messages.map(({ body }) => body),
    ['news'],
  );
});

test('two agents on one folder are refused, until the first is gone, even by kill -9', async (t) => {
  const folder = folderFor(t);
  const source = `import { openSqliteState } from ${JSON.stringify(new URL('./sqlite-state.ts', import.meta.url).href)};
    openSqliteState(process.argv[1], { now: Date.now }); console.log('open'); setInterval(() => {}, 1000);`;
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
  assert.throws(() => openSqliteState(folder, clock), { code: 'FolderInUse' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  openSqliteState(folder, clock).close();
});

test('a folder that cannot be made is a refusal of the disk, with what to do', (t) => {
  const file = join(folderFor(t), 'file');
  writeFileSync(file, '');
  for (const folder of [file, join(file, 'within')])
    assert.throws(() => openSqliteState(folder, clock), { code: 'StorageFailed', message: /mkdir/ });
});
