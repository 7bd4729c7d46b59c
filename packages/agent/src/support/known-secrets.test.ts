import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryDisk } from '@skerry/kit/testing';
import { findSecrets } from './known-secrets.ts';

const secretsIn = (env: Record<string, string>, ...values: unknown[]) =>
  findSecrets({ disk: memoryDisk(), folder: '/state', env, values });

test('the shell’s folder is no secret; what is called pwd elsewhere is one', async () => {
  assert.deepEqual(await secretsIn({ PWD: '/home/till', OLDPWD: '/var/lib/skerry', HOME: '/home/till' }), []);
  assert.deepEqual(await secretsIn({ MYSQL_PWD: 'open-sesame' }), ['open-sesame']);
  assert.deepEqual(await secretsIn({}, { PWD: 'of a database' }), ['of a database']);
});

test('a proxy’s password may hold a %, as it stands', async () => {
  const found = await secretsIn({ HTTPS_PROXY: 'http://till:100%sure@proxy:3128' });
  assert.ok(found.includes('100%sure'));
});

test('a long part of a webhook’s path is one, a short one and the host are not', async () => {
  const of = (url: string) =>
    secretsIn({}, { pipelines: { camera: { sinks: { till: { webhook: { url } } } } } });
  assert.deepEqual(await of('https://hooks.example.com/services/T01/abcdEFGHijklMNOPqrstUVWX'), [
    'abcdEFGHijklMNOPqrstUVWX',
  ]);
  assert.deepEqual(await of('http://till.example.com/readings'), []);
  assert.deepEqual(
    await secretsIn({}, { sinks: { webhook: { file: { path: 'webhook' } } }, webhook: null }),
    [],
  );
});
