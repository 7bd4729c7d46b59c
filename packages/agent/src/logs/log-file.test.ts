import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openLogFile } from './ports/log-file.ts';

function openFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'skerry-log-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

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
