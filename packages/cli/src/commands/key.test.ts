import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { hashOfApiKey, keySetObject } from '@skerry/contracts';
import { parseYaml } from '@skerry/kit/yaml';
import { runCommand } from '../test-cli.ts';

async function keyFile(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-keys-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'new', 'keys.yaml');
  const run = (...args: string[]) => runCommand(['key', ...args, '--file', file]);
  const text = () => readFile(file, 'utf8');
  const entries = async () => parseYaml({ name: file, text: await text() }, keySetObject).value.spec.keys;
  return { file, run, text, entries };
}

test('a key is printed once; the file keeps its hash, and is its owner’s alone', async (t) => {
  const { file, run, text, entries } = await keyFile(t);
  const { exit, stdout } = await run('new', 'till', '--models', 'digits,meter-*');
  assert.equal(exit, 0);
  assert.match(stdout, /^skerry_till_[\w-]{43}$/);
  const { till } = await entries();
  assert.equal(till?.hash, hashOfApiKey(stdout));
  assert.deepEqual(
    [till?.models, till?.pipelines, till?.allow],
    [['digits', 'meter-*'], [], ['infer', 'metadata']],
  );
  assert.ok(!(await text()).includes(stdout.slice(-43)));
  assert.equal((await stat(file)).mode & 0o777, 0o600);
});

test('keys are added, listed and revoked; none replaces another', async (t) => {
  const { run, entries } = await keyFile(t);
  const first = JSON.parse((await run('new', 'one', '--json')).stdout).key;
  await run(
    'new',
    'plant',
    '--certificate',
    'plant.example.com',
    '--allow',
    'infer,metrics',
    '--pipelines',
    '*',
  );
  const again = await run('new', 'one');
  assert.equal(again.exit, 1);
  assert.match(again.stderr, /Conflict/);
  assert.equal((await entries()).one?.hash, hashOfApiKey(first));
  const listed = JSON.parse((await run('ls', '--json')).stdout) as { name: string; allow: string[] }[];
  assert.deepEqual(
    listed.map(({ name, allow }) => [name, allow]),
    [
      ['one', ['infer', 'metadata']],
      ['plant', ['infer', 'metrics']],
    ],
  );
  assert.match((await run('ls')).stdout, /plant.*certificate plant\.example\.com/);
  assert.equal((await run('rm', 'one')).exit, 0);
  assert.deepEqual(Object.keys(await entries()), ['plant']);
  assert.equal((await run('rm', 'one')).exit, 3);
});

test('what is wrong is said, and changes nothing', async (t) => {
  const { file, run, text } = await keyFile(t);
  await run('new', 'one');
  const before = await text();
  for (const args of [
    ['new', 'Two'],
    ['new', 'two', '--models', 'a*b'],
    ['new', 'two', '--allow', 'everything'],
  ])
    assert.equal((await run(...args)).exit, 2, args.join(' '));
  assert.equal(await text(), before);
  await writeFile(file, 'kind: Something');
  assert.equal((await run('new', 'two')).exit, 2);
  assert.equal(await text(), 'kind: Something');
});
