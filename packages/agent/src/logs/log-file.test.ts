import assert from 'node:assert/strict';
import fs, { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openLogFile } from './ports/log-file.ts';

function openFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'skerry-log-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Watches a call of the disk during this test, or puts another in its place. */
function watch(t: TestContext, name: 'openSync' | 'closeSync' | 'fstatSync' | 'readSync', call = fs[name]) {
  const { mock } = t.mock.method(fs, name, call as never);
  syncBuiltinESMExports();
  t.after(() => {
    mock.restore();
    syncBuiltinESMExports();
  });
  return mock;
}

const diskFails = () => {
  throw new Error('EIO: i/o error');
};

test('a log is bounded by beginning another file, and the oldest makes room', (t) => {
  const folder = openFolder(t);
  const log = openLogFile({ path: join(folder, 'log/agent.log'), maxBytes: 100, files: 3 });
  for (let number = 0; number < 1_000; number++) log.write(`line ${String(number).padStart(4, '0')}\n`);
  log.close();
  const files = ['agent.log.2', 'agent.log.1', 'agent.log'];
  assert.deepEqual(readdirSync(join(folder, 'log')).toSorted(), files.toSorted());
  const text = files.map((file) => readFileSync(join(folder, 'log', file), 'utf8')).join('');
  const held = text.split('\n').slice(0, -1);
  assert.equal(held.at(-1), 'line 0999');
  assert.equal(Number(held[0]?.slice(5)), 1_000 - held.length, 'no line is missing in between');
  for (const file of files) assert.ok(statSync(join(folder, 'log', file)).size <= 100);
});

test('files and folder are the agent’s alone', (t) => {
  const folder = openFolder(t);
  openLogFile({ path: join(folder, 'log/agent.log'), maxBytes: 100, files: 2 }).close();
  assert.equal(statSync(join(folder, 'log')).mode & 0o777, 0o700);
  assert.equal(statSync(join(folder, 'log/agent.log')).mode & 0o777, 0o600);
});

test('half a line that a power cut left stays a line of its own', (t) => {
  const path = join(openFolder(t), 'agent.log');
  writeFileSync(path, 'whole\nhal');
  const log = openLogFile({ path, maxBytes: 100, files: 2 });
  log.write('next\n');
  log.close();
  assert.equal(readFileSync(path, 'utf8'), 'whole\nhal\nnext\n');
});

test('a disk that takes nothing does not end who speaks, and lines go on once it does', (t) => {
  const folder = openFolder(t);
  const log = openLogFile({ path: join(folder, 'log/agent.log'), maxBytes: 10, files: 2 });
  log.write('first..\n');
  rmSync(join(folder, 'log'), { recursive: true });
  writeFileSync(join(folder, 'log'), 'no folder');
  log.write('lost....\n');
  rmSync(join(folder, 'log'));
  log.write('back\n');
  log.close();
  assert.equal(readFileSync(join(folder, 'log/agent.log'), 'utf8'), 'back\n');
});

test('a log that cannot be opened keeps nobody from starting', (t) => {
  const folder = openFolder(t);
  writeFileSync(join(folder, 'log'), 'no folder');
  const log = openLogFile({ path: join(folder, 'log/agent.log'), maxBytes: 100, files: 2 });
  log.write('lost\n');
  rmSync(join(folder, 'log'));
  log.write('kept\n');
  log.close();
  assert.equal(readFileSync(join(folder, 'log/agent.log'), 'utf8'), 'kept\n');
});

test('a last byte that the disk does not read counts as half a line, and the log goes on', (t) => {
  const path = join(openFolder(t), 'agent.log');
  writeFileSync(path, 'unread\n');
  const opened = watch(t, 'openSync');
  watch(t, 'readSync', diskFails);
  const log = openLogFile({ path, maxBytes: 100, files: 2 });
  log.write('next\n');
  log.write('later\n');
  log.close();
  assert.equal(readFileSync(path, 'utf8'), 'unread\n\nnext\nlater\n');
  assert.equal(opened.callCount(), 1);
});

test('a log that the disk lets nobody look at keeps no descriptor for each line', (t) => {
  const [opened, closed] = [watch(t, 'openSync'), watch(t, 'closeSync')];
  watch(t, 'fstatSync', diskFails);
  const log = openLogFile({ path: join(openFolder(t), 'agent.log'), maxBytes: 100, files: 2 });
  for (let number = 0; number < 3; number++) log.write('lost\n');
  log.close();
  assert.deepEqual([opened.callCount(), closed.callCount()], [4, 4]);
});

test('a file whose end fails is left alone: its number may be another’s by then', (t) => {
  const path = join(openFolder(t), 'agent.log');
  const log = openLogFile({ path, maxBytes: 10, files: 2 });
  log.write('full....\n');
  const close = fs.closeSync;
  const closed = watch(t, 'closeSync', (fd: number) => {
    close(fd);
    diskFails();
  });
  log.write('lost\n');
  closed.restore();
  syncBuiltinESMExports();
  const another = fs.openSync(path, 'r');
  log.write('next\n');
  log.close();
  assert.equal(fs.fstatSync(another).isFile(), true);
  fs.closeSync(another);
  assert.equal(readFileSync(path, 'utf8'), 'next\n');
});
