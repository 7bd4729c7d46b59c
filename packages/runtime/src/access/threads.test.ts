import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { credentials, Metadata } from '@grpc/grpc-js';
import { apiKey, hashOfApiKey } from '@skerry/contracts';
import { nodeHttp } from '@skerry/kit/node';
import { inferenceSchema } from '../serving/grpc/schema/inference.ts';
import { testClient } from '../serving/grpc/test-client.ts';
import { startProcess } from '../test-process.ts';
import { until } from '../until.ts';

const model = new URL('../../test/fixtures/dynamic.onnx', import.meta.url).pathname;
const key = apiKey('till', new Uint8Array(32).fill(3));
const keySet = (entries: string) =>
  `apiVersion: skerry.dev/v1alpha1\nkind: KeySet\nmetadata: { name: keys }\nspec: { keys: {${entries}} }\n`;

it('every serving thread asks for keys over REST and gRPC, and forgets one that was revoked', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-threads-'));
  t.after(() => rm(folder, { recursive: true }));
  const keys = join(folder, 'keys.yaml');
  await writeFile(keys, keySet(`till: { hash: '${hashOfApiKey(key)}', models: [dynamic] }`));
  const { child, stdout } = await startProcess([
    ...['--models', model, '--serving-threads', '2', '--ready-json', '--tls', 'self', '--keys', keys],
    ...['--port', '0', '--grpc-port', '0', '--metrics-port', '0', '--serving-folder', join(folder, 'own')],
  ]);
  t.after(async () => {
    child.kill('SIGTERM');
    await child.exited;
  });
  await until(() => stdout.length > 0);
  const { rest, grpc } = JSON.parse(stdout[0]!);
  const http = nodeHttp();
  const tls = { rejectUnauthorized: false };
  const get = (path: string, headers = {}) =>
    http.request({ method: 'GET', url: `${rest}${path}`, headers, tls, deadlineMs: 10_000 });
  const ca = Buffer.from(await (await get('/ca.crt')).body());
  const status = async (headers: Record<string, string>) => {
    const { status: said, discard } = await get('/v2/models/dynamic', headers);
    discard();
    return said;
  };
  /** Of requests on connections of their own, which meet both threads. */
  const answers = async (headers: Record<string, string>) =>
    new Set(await Promise.all(Array.from({ length: 24 }, () => status(headers))));
  const withKey = { authorization: `Bearer ${key}` };
  const port = Number(grpc.split(':').at(-1));
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${key}`);
  const live = testClient(inferenceSchema, port, { secured: credentials.createSsl(ca), metadata });
  const codeOf = async () => {
    const answer = await live.call('ModelMetadata', { name: 'dynamic' });
    return 'error' in answer ? answer.error.code : 0;
  };

  assert.deepEqual([...(await answers(withKey))], [200]);
  assert.deepEqual([...(await answers({}))], [401]);
  assert.equal(await codeOf(), 0);

  await writeFile(keys, keySet(''));
  await until(async () => {
    const seen = await answers(withKey);
    return seen.size === 1 && seen.has(401);
  });
  // UNAUTHENTICATED, on the channel that was let in before.
  await until(async () => (await codeOf()) === 16);
});
