import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { apiKey, hashOfApiKey } from '@skerry/contracts';
import { nodeHttp } from '@skerry/kit/node';
import { startProcess } from '../test-process.ts';
import { until } from '../until.ts';

const model = new URL('../../test/fixtures/dynamic.onnx', import.meta.url).pathname;
const key = apiKey('till', new Uint8Array(32).fill(9));
const keySet = (entries: string) =>
  `apiVersion: skerry.dev/v1alpha1\nkind: KeySet\nmetadata: { name: keys }\nspec: { keys: {${entries}} }\n`;
const ports = ['--port', '0', '--grpc-port', '0', '--metrics-port', '0'];

async function folderFor(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-protected-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

const start = (...args: string[]) => startProcess(['--models', model, ...ports, ...args]);

it('does not start open to the network, and says what to do', async () => {
  const { child, stderr } = await start('--host', '0.0.0.0');
  const { code } = await child.exited;
  const said = stderr.join('\n');
  assert.equal(code, 2, said);
  assert.match(said, /no TLS/);
  assert.match(said, /ServingUnprotected/);
  assert.match(said, /Next: .*skerry key new/);
});

it('ends when a part of it cannot begin, whatever has begun', async (t) => {
  const folder = await folderFor(t);
  const { child, stderr } = await start('--tls', 'self', '--serving-folder', folder, '--announce', 'here');
  const { code } = await child.exited;
  assert.equal(code, 2, stderr.join('\n'));
  assert.match(stderr.join('\n'), /--announce/);
});

it('is open to everybody where that was said, and says so loudly', async (t) => {
  const { child, stdout, stderr } = await start('--host', '0.0.0.0', '--insecure', '--ready-json');
  t.after(() => child.kill('SIGKILL'));
  await until(() => stdout.length > 0);
  assert.ok(stderr.some((line) => /"level":40/.test(line) && /INSECURE/.test(line)));
  child.kill('SIGTERM');
  await child.exited;
});

it('serves who shows the key; neither key nor its secret is in anything it says or keeps', async (t) => {
  const folder = await folderFor(t);
  const [keys, serving] = [join(folder, 'keys.yaml'), join(folder, 'serving')];
  await writeFile(keys, keySet(`till: { hash: '${hashOfApiKey(key)}', models: ['*'] }`));
  const { child, stdout, stderr } = await start(
    ...['--tls', 'self', '--serving-folder', serving, '--keys', keys],
    ...['--log-level', 'debug', '--ready-json'],
  );
  t.after(() => child.kill('SIGKILL'));
  await until(() => stdout.length > 0);
  const ready = JSON.parse(stdout[0]!);
  const http = nodeHttp();
  const ask = async (authorization?: string) => {
    const { status, body } = await http.request({
      method: 'GET',
      url: `${ready.rest}/v2/models/dynamic`,
      headers: authorization === undefined ? {} : { authorization },
      // The fingerprint is the test of another story; here it is enough that TLS is spoken.
      tls: { rejectUnauthorized: false },
      deadlineMs: 10_000,
    });
    return { status, text: Buffer.from(await body()).toString() };
  };
  assert.equal((await ask(`Bearer ${key}`)).status, 200);
  const refusals = [await ask(), await ask(`Bearer ${key}x`), await ask(`Basic ${key}`)];
  assert.deepEqual(
    refusals.map(({ status }) => status),
    [401, 401, 401],
  );
  child.kill('SIGTERM');
  await child.exited;
  const said = [...stdout, ...stderr, ...refusals.map(({ text }) => text)].join('\n');
  assert.ok(!said.includes(key) && !said.includes(key.slice(-43)), 'the key was said');
  assert.ok(!/PRIVATE KEY/.test(said));
  for (const name of await readdir(serving))
    assert.equal((await stat(join(serving, name))).mode & 0o777, 0o600, name);
  assert.equal((await stat(serving)).mode & 0o777, 0o700);
});
