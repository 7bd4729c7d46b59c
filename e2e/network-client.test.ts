import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { OipResponse } from '@skerry/contracts';
import { cliEntry, digitsFolder, entryOf, mustRun, openStage, runCli } from '@skerry/testkit';

const seven = entryOf('examples/meter-reading/seven.json');

test('`skerry infer` asks a server with TLS and keys, and sends no key in clear', async (t) => {
  const stage = openStage(t);
  const keys = join(stage.folder, 'keys.yaml');
  const { key } = (
    await mustRun(stage, ['key', 'new', 'till', '--models', 'digits', '--file', keys, '--json'])
  ).json<{ key: string }>();
  const server = stage.start({
    name: 'serve',
    entry: cliEntry,
    args: [
      ...['serve', digitsFolder, '--tls', 'self', '--keys', keys, '--json'],
      ...['--port', '0', '--grpc-port', '0', '--metrics-port', '0'],
    ],
  });
  const { rest, ca, models } = await server.said((line) => JSON.parse(line), 'that it is ready', 30_000);
  const ask = (url: string, env: Record<string, string>, ...more: string[]) =>
    runCli(stage, ['infer', models[0], seven, '--url', url, '--json', ...more], { env });

  const trusted = join(stage.folder, 'trusted.crt');
  await mustRun(stage, ['device', 'ca', rest, '--fingerprint', ca.fingerprint, '--out', trusted]);
  const answer = await ask(rest, { SKERRY_KEY: key }, '--ca', trusted);
  assert.equal(answer.code, 0, answer.stderr);
  const data = answer.json<OipResponse>().outputs[0]?.data as number[];
  assert.equal(data.indexOf(Math.max(...data)), 7);

  const keyless = await ask(rest, {}, '--ca', trusted);
  assert.deepEqual([keyless.code, /KeyRefused/.test(keyless.stderr)], [4, true]);
  const untrusting = await ask(rest, { SKERRY_KEY: key });
  assert.deepEqual([untrusting.code, /CertificateRefused/.test(untrusting.stderr)], [4, true]);
  const inClear = await ask('http://192.0.2.1:8000', { SKERRY_KEY: key });
  assert.deepEqual([inClear.code, /in clear/.test(inClear.stderr)], [2, true]);
  for (const { stdout, stderr } of [answer, keyless, untrusting, inClear])
    assert.ok(!`${stdout}${stderr}`.includes(key.slice(-43)));
  assert.ok(!server.log.join('\n').includes(key.slice(-43)));
});
