import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeClock, nodeProcesses } from '@skerry/kit/node';
import { programOf } from '../program.ts';
import { testSite } from '../testing/test-site.ts';
import { checkEngine } from './engine.ts';

async function check(engineProgram: readonly [string, ...string[]]) {
  const site = await (await testSite()).look();
  const ports = { ...site.ports, processes: nodeProcesses(), clock: nodeClock() };
  const [found] = await checkEngine({ ...site, ports, engineProgram });
  assert.ok(found);
  return `${found.status}: ${found.message}`;
}

const script = (text: string) => check([process.execPath, '-e', text]);

test('the engine of this machine runs a tiny model', async () => {
  const program = programOf('../../runtime/src/engines/try-engine-child.ts');
  assert.match(
    await check(program),
    /^pass: onnxruntime \d+\.\d+\.\d+ runs a tiny model, \d+ ms from nothing$/,
  );
});

test('one that says why it cannot, one that crashes, and one that is silent', async () => {
  assert.equal(
    await script(`console.log(JSON.stringify({ error: 'libonnxruntime.so.1 is not there' }))`),
    'fail: the engine did not run a tiny model: libonnxruntime.so.1 is not there',
  );
  assert.equal(
    await script(`process.kill(process.pid, 'SIGKILL')`),
    'fail: the engine did not run a tiny model: it ended with SIGKILL',
  );
  assert.equal(await script(''), 'fail: the engine did not run a tiny model: it ended with code 0');
});

test('where no folder can be made for the tiny model nothing is said against the engine', async (t) => {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = '/nowhere';
  t.after(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  const program = programOf('../../runtime/src/engines/try-engine-child.ts');
  assert.match(await check(program), /^fail: the engine was not tried: ENOENT.*\/nowhere/);
});
