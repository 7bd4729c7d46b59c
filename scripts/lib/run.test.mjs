import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { run } from './run.mjs';

const node = process.execPath;
const quiet = { stdio: 'ignore' };

test('the exit code is the program’s own', async () => {
  assert.equal(await run(node, ['-e', 'process.exit(0)'], quiet), 0);
  assert.equal(await run(node, ['-e', 'process.exit(6)'], quiet), 6);
});

test('a program that a signal ended gives 128 + its number', async () => {
  assert.equal(await run(node, ['-e', 'process.kill(process.pid, "SIGKILL")'], quiet), 137);
});

test('a program that does not exist is an error, not a hang', async () => {
  await assert.rejects(run('/no/such/program', [], quiet), { code: 'ENOENT' });
});

for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) {
  test(`${signal} sent to the script alone reaches the program, whose code comes back`, async () => {
    const script = spawn(node, ['--input-type=module', '-e', scriptThatRuns(programThatAnswers(signal))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(script, 'exit');
    await once(script.stdout, 'data');
    script.kill(signal);
    assert.deepEqual(await exit, [42, null]);
  });
}

function programThatAnswers(signal) {
  return `process.on('${signal}', () => process.exit(42)); setInterval(() => {}, 1e6); console.log('ready')`;
}

function scriptThatRuns(program) {
  const module = JSON.stringify(new URL('./run.mjs', import.meta.url).href);
  const args = JSON.stringify(['-e', program]);
  return `import { run } from ${module};
    process.exitCode = await run(process.execPath, ${args}, { stdio: ['ignore', 1, 'ignore'] });`;
}
