import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

/** A process that would stay up, were it not for rows that its database thread has not the memory for. */
const program = (path: string) => `
  const { startSqliteThread } = await import(${JSON.stringify(new URL('./sqlite-client.ts', import.meta.url).href)});
  setInterval(() => {}, 1_000);
  const { run } = await startSqliteThread({ path: ${JSON.stringify(path)}, mode: 'write' });
  const megabyte = { sql: 'select hex(zeroblob(500000))', parameters: [] };
  await run(Array(1_000).fill(megabyte)).catch(() => {});
`;

test('a process whose database thread dies ends, and says why', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-thread-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'hub.db');
  const memory = '--max-old-space-size=64';
  const args = ['--conditions=source', memory, '--eval', program(path)];
  const run = promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  await assert.rejects(run, { code: 1, stderr: /the thread of the database .*hub\.db has ended: .*memory/ });
});
