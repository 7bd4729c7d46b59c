import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { nodeClock } from '@skerry/kit/node';
import { reading } from '../reading.ts';
import { openSqliteState } from './sqlite-state.ts';

const mayTrace = spawnSync('strace', ['-qq', '-o', '/dev/null', process.execPath, '-v']).status === 0;
const skip = !mayTrace && 'strace, which lets reads fail, is not here or may not trace';

const SOURCE = `
  import { nodePorts } from '@skerry/kit/node';
  import { openStatePatiently } from ${JSON.stringify(new URL('./sqlite-state.ts', import.meta.url).href)};
  const found = { setAside: undefined };
  const state = await openStatePatiently(process.argv[1], nodePorts(), (why) => (found.setAside = why.errcode));
  console.log(JSON.stringify({ ...found, applied: state.recall('applied') }));
  state.close();
`;

/** What a process finds in the folder of which the first reads of agent.db fail. */
async function openWhereReadsFail(folder: string, times: number) {
  const how = ['-f', '-qq', '-o', join(folder, 'strace'), '-P', join(folder, 'agent.db')];
  const fault = ['-e', 'trace=pread64', '-e', `inject=pread64:error=EIO:when=1..${times}`];
  const node = ['--conditions=source', '--input-type=module', '--disable-warning=ExperimentalWarning'];
  const args = [...how, ...fault, process.execPath, ...node, '-e', SOURCE, folder];
  const child = spawn('strace', args, { stdio: ['ignore', 'pipe', 'inherit'], cwd: import.meta.dirname });
  return JSON.parse(await text(child.stdout));
}

function remembering(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'skerry-unread-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const state = openSqliteState(folder, nodeClock());
  state.remember('applied', { epoch: 1, version: 4 });
  state.close();
  return folder;
}

test('a memory that the disk reads a moment later is there', { skip }, async (t) => {
  const folder = remembering(t);
  assert.deepEqual(await openWhereReadsFail(folder, 2), { applied: { epoch: 1, version: 4 } });
});

test('one that it does not read is set aside after some seconds, and another begun', { skip }, async (t) => {
  const folder = remembering(t);
  assert.deepEqual(await openWhereReadsFail(folder, reading.attempts), { setAside: 8458 });
  assert.ok(statSync(join(folder, 'agent.db.bad')).size > 0);
});
