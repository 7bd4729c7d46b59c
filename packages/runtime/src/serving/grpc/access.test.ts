import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { credentials, Metadata } from '@grpc/grpc-js';
import { apiKey, hashOfApiKey } from '@skerry/contracts';
import { lifetime, silentLogger } from '@skerry/kit';
import { nodeClock, nodeDisk } from '@skerry/kit/node';
import { openSecurity } from '../../access/security.ts';
import { testAuthority } from '../../access/test-authority.ts';
import type { Message } from './schema/codec.ts';
import { inferenceSchema } from './schema/inference.ts';
import { startTestGrpc, testClient } from './test-client.ts';
import { testModels } from './test-models.ts';

const key = apiKey('till', new Uint8Array(32).fill(7));
const models = await testModels(['models/mlp_tiny.onnx', 'models/digits_cnn.onnx']);
const keys = [
  `till: { hash: '${hashOfApiKey(key)}', models: [mlp_tiny] }`,
  'plant: { certificate: plant.example.com, models: [mlp_tiny] }',
].join(', ');
const mlp: Message = {
  model_name: 'mlp_tiny',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 16] }],
  raw_input_contents: [Buffer.alloc(64)],
};

/** A real server with TLS and keys, that asks clients for a certificate where `mutual`. */
async function open(t: TestContext, mutual: boolean) {
  const authority = await testAuthority();
  const folder = await mkdtemp(join(tmpdir(), 'skerry-grpc-'));
  const path = (name: string) => join(folder, name);
  const { cert, key: own } = await authority.issue({ commonName: 'box', usage: 'serverAuth' });
  const head = 'apiVersion: skerry.dev/v1alpha1\nkind: KeySet\nmetadata: { name: keys }';
  await writeFile(path('keys.yaml'), `${head}\nspec:\n  keys: {${keys}}\n`);
  for (const [name, text] of Object.entries({ cert, key: own, ca: authority.ca }))
    await writeFile(path(name), text);
  const life = lifetime({ clock: nodeClock(), logger: silentLogger });
  t.after(() => life.stop().then(() => rm(folder, { recursive: true })));
  const security = await openSecurity(
    {
      tls: { cert: path('cert'), key: path('key'), ...(mutual && { clientCa: path('ca') }) },
      keys: path('keys.yaml'),
    },
    { disk: nodeDisk(), clock: nodeClock(), logger: silentLogger, life },
  );
  const { port } = await startTestGrpc(models, { security });
  return { authority, port };
}

function metadataWith(authorization?: string): Metadata {
  const metadata = new Metadata();
  if (authorization !== undefined) metadata.set('authorization', authorization);
  return metadata;
}

it('asks for a key over TLS, for each model, and leaves health open', async (t) => {
  const { authority, port } = await open(t, false);
  const secured = credentials.createSsl(Buffer.from(authority.ca));
  const as = (authorization?: string) =>
    testClient(inferenceSchema, port, { secured, metadata: metadataWith(authorization) });
  const codeOf = async (client: ReturnType<typeof as>, method: string, request: Message) => {
    const answer = await client.call(method, request);
    return 'error' in answer ? answer.error.code : 0;
  };
  const [nobody, till] = [as(), as(`Bearer ${key}`)];
  assert.equal(await codeOf(nobody, 'ServerLive', {}), 0);
  assert.equal(await codeOf(nobody, 'ModelInfer', mlp), 16);
  assert.equal(await codeOf(nobody, 'ModelMetadata', { name: 'mlp_tiny' }), 16);
  assert.equal(await codeOf(till, 'ModelInfer', mlp), 0);
  assert.equal(await codeOf(till, 'ModelInfer', { ...mlp, model_name: 'digits_cnn' }), 7);
  assert.equal(await codeOf(till, 'RepositoryIndex', {}), 7);
  assert.equal(await codeOf(as('Bearer nope'), 'ModelInfer', mlp), 16);
  // Before any message: nothing of a stranger's is kept in memory.
  const stream = nobody.stream('ModelStreamInfer');
  const ended = await new Promise<{ code: number }>((resolve) => stream.on('error', resolve).resume());
  assert.equal(ended.code, 16);
});

it('takes a client’s certificate for its key, and lets nobody in without one', async (t) => {
  const { authority, port } = await open(t, true);
  const leaf = await authority.issue({ commonName: 'plant.example.com', usage: 'clientAuth' });
  const ca = Buffer.from(authority.ca);
  const known = testClient(inferenceSchema, port, {
    secured: credentials.createSsl(ca, Buffer.from(leaf.key), Buffer.from(leaf.cert)),
  });
  assert.ok('message' in (await known.call('ModelInfer', mlp)));
  const unknown = testClient(inferenceSchema, port, {
    secured: credentials.createSsl(ca),
    deadlineMs: 3_000,
  });
  const answer = await unknown.call('ServerLive', {});
  assert.ok('error' in answer && answer.error.code === 14);
});
