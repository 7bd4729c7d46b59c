import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { type RequestOptions, request } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { joinDevice, mustRun, openStage, runAgent, runCli, startHub, until } from '@skerry/testkit';

test('a client on a device’s network trusts it by what its hub says, and asks with a key that the device was given', async (t) => {
  const stage = openStage(t);
  const hub = await startHub(stage);
  const device = await joinDevice(stage, hub, { name: 'camera1' });
  const ports = ['--rest-port', '0', '--grpc-port', '0', '--metrics-port', '0'];
  const agent = runAgent(stage, device, [...ports, '--serving-host', '0.0.0.0', '--ready-json']);
  const rest = await agent.said((line) => JSON.parse(line).rest as string, 'where it serves', 30_000);
  assert.match(rest, /^https:\/\//);

  const login = ['login', hub.api, '--token-file', join(hub.data, 'admin-token')];
  await mustRun(stage, [...login, '--fingerprint', hub.fingerprint]);
  const out = join(stage.folder, 'camera1.crt');
  await until(async () => (await runCli(stage, ['device', 'ca', 'camera1', '--out', out])).code === 0, {
    what: 'the device has reported its certificate',
    deadline: 30_000,
    every: 500,
  });
  const ca = await readFile(out, 'utf8');
  assert.ok(new X509Certificate(ca).ca);

  const keys = join(device.state, 'serving', 'keys.yaml');
  assert.equal((await stat(keys)).mode & 0o777, 0o600);
  const ask = (headers: Record<string, string> = {}) => statusOf(`${rest}/v2`, { ca, headers });
  assert.equal(await ask(), 401);
  const { key } = (await mustRun(stage, ['key', 'new', 'till', '--file', keys, '--json'])).json<{
    key: string;
  }>();
  await until(async () => (await ask({ authorization: `Bearer ${key}` })) === 200, {
    what: 'the key is known',
  });
  const other = await runCli(stage, ['device', 'ca', rest, '--fingerprint', `sha256:${'0'.repeat(64)}`]);
  assert.equal(other.code, 4, other.stderr);
  assert.equal(other.stdout, '');
  const log = await readFile(join(device.state, 'runtime', 'log', 'runtime.log'), 'utf8');
  assert.ok(!log.includes(key.slice(-43)) && !agent.log.join('\n').includes(key.slice(-43)));
  await agent.stop();
});

/** Of an answer that was trusted by the authority given, and by nothing else. */
function statusOf(url: string, options: RequestOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { ...options, agent: false }, (incoming) => {
      incoming.resume().once('end', () => resolve(incoming.statusCode!));
    });
    outgoing.once('error', reject).end();
  });
}
