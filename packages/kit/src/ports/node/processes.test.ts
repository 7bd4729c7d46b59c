import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { nodeProcesses } from './processes.ts';

const processes = nodeProcesses();
const node = process.execPath;

async function linesOf(script: string, input?: string): Promise<string[]> {
  const lines: string[] = [];
  const output = { lines: (line: string, from: string) => void lines.push(`${from}:${line}`) };
  const child = await processes.spawn(node, ['-e', script], { output, ...(input ? { input } : {}) });
  assert.deepEqual(await child.exited, { code: 0, signal: null });
  return lines.sort();
}

test('lines come whole, from both outputs, the last without a newline too', async () => {
  const lines = await linesOf(
    `process.stdout.write('one\\ntw'); process.stdout.write('o\\r\\nthree'); console.error('bad')`,
  );
  assert.deepEqual(lines, ['stderr:bad', 'stdout:one', 'stdout:three', 'stdout:two']);
});

test('a line without end is cut, not kept', async () => {
  const [line] = await linesOf(`process.stdout.write('x'.repeat(1e6))`);
  assert.equal(line?.length, 'stdout:'.length + 16 * 1024);
});

test('input reaches the child, and its environment is what it was given', async () => {
  assert.deepEqual(await linesOf('process.stdin.pipe(process.stdout)', 'secret'), ['stdout:secret']);
  const lines: string[] = [];
  const output = { lines: (line: string) => void lines.push(line) };
  const script = 'console.log(Object.keys(process.env).join())';
  const child = await processes.spawn(node, ['-e', script], { env: { ONLY: '1' }, output });
  await child.exited;
  assert.deepEqual(lines, ['ONLY']);
});

test('a program that is not there is said to be so', async () => {
  await assert.rejects(processes.spawn('/nowhere/at-all', []), { code: 'ProcessNotStarted' });
});

test('a detached child writes to its file, is alive until killed, and then is not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-processes-'));
  const appendTo = join(folder, 'child.log');
  const script = `console.log('up'); setInterval(() => {}, 1000)`;
  const child = await processes.spawn(node, ['-e', script], { detached: true, output: { appendTo } });
  assert.equal(processes.alive(child.pid), true);
  while ((await readFile(appendTo, 'utf8')) === '') await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await stat(appendTo)).mode & 0o777, 0o600);
  assert.equal(processes.kill(child.pid, 'SIGKILL'), true);
  assert.deepEqual(await child.exited, { code: null, signal: 'SIGKILL' });
  assert.equal(processes.alive(child.pid), false);
  assert.equal(processes.kill(child.pid), false);
  await rm(folder, { recursive: true });
});
