import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf, filepathAnnotation, mediaTypes, modelConfig, modelManifest } from '@skerry/contracts';
import { createHubClient } from './client.ts';
import { chunkBytes } from './push-blob.ts';
import type { ModelFile } from './push-model.ts';
import { type Answer, type Arrived, request, startServer } from './test-server.ts';

/** Enough of a registry (OCI distribution-spec 1.1) to see whether a push is right. */
function registry() {
  const blobs = new Map<string, Buffer>();
  const uploads = new Map<string, Buffer>();
  let manifest: Buffer | undefined;

  const begin = (path: string): Answer => {
    const upload = `${path}${uploads.size}`;
    uploads.set(upload, Buffer.alloc(0));
    // Absolute, and of another host: the client must stay with the hub that it was given.
    return { status: 202, headers: { location: `http://elsewhere.example${upload}?state=1` } };
  };
  const append = (path: string, { headers, body }: Arrived): Answer => {
    const so = uploads.get(path)!;
    const range = headers['content-range'];
    if (range !== undefined) assert.equal(range, `${so.length}-${so.length + body.length - 1}`);
    uploads.set(path, Buffer.concat([so, body]));
    return { status: 202, headers: { location: `${path}?state=2` } };
  };
  const finish = (path: string, query: URLSearchParams, one: Arrived): Answer => {
    append(path, one);
    const digest = query.get('digest')!;
    if (digestOf(uploads.get(path)!) !== digest)
      return { status: 400, body: { errors: [{ code: 'DIGEST_INVALID', message: 'another digest' }] } };
    blobs.set(digest, uploads.get(path)!);
    return { status: 201 };
  };

  return {
    blobs,
    get manifest() {
      return modelManifest.parse(JSON.parse(String(manifest)));
    },
    answer(one: Arrived): Answer {
      const { pathname, searchParams } = new URL(one.path, 'http://hub');
      if (one.method === 'HEAD') return { status: blobs.has(pathname.split('/').at(-1)!) ? 200 : 404 };
      if (pathname.endsWith('/uploads/')) return begin(pathname);
      if (one.method === 'PATCH') return append(pathname, one);
      if (pathname.includes('/uploads/')) return finish(pathname, searchParams, one);
      if (pathname.includes('/manifests/')) {
        manifest = one.body;
        return { status: digestOf(one.body) === pathname.split('/').at(-1) ? 201 : 400 };
      }
      const { digest } = JSON.parse(String(one.body));
      const version = { version: 3, digest, size: 1, createdAt: '2026-03-01T12:00:00Z', createdBy: 'admin' };
      return { status: 201, body: version };
    },
  };
}

function fileOf(path: string, bytes: Buffer): ModelFile {
  const read = async (start: number, length: number) => bytes.subarray(start, start + length);
  return { path, size: bytes.length, digest: digestOf(bytes), read };
}

test('a model is pushed as ModelPack: raw layers with their paths, a config, a manifest by digest, a version', async () => {
  const hub = registry();
  await using server = await startServer(hub.answer);
  const weights = fileOf('digits.onnx', Buffer.from('weights'));
  const card = fileOf('model.yaml', Buffer.from('kind: Model'));
  const { models } = createHubClient({ url: server.url, token: 't', request }).project('shop');

  const pushed = await models.push({ name: 'digits', license: 'CC-BY-4.0', files: [weights, card] });

  assert.equal(pushed.version, 3);
  const { config, layers } = hub.manifest;
  assert.deepEqual(
    layers.map(({ mediaType, digest, annotations }) => [
      mediaType,
      digest,
      annotations?.[filepathAnnotation],
    ]),
    [
      [mediaTypes.weight, weights.digest, 'digits.onnx'],
      [mediaTypes.weightConfig, card.digest, 'model.yaml'],
    ],
  );
  const { modelfs, descriptor } = modelConfig.parse(JSON.parse(String(hub.blobs.get(config.digest))));
  assert.deepEqual(modelfs.diffIds, [weights.digest, card.digest]);
  assert.deepEqual(descriptor.licenses, ['CC-BY-4.0']);
  assert.ok(server.arrived.every(({ path }) => /^\/(v2\/shop\/models|api\/v1\/projects\/shop)/.test(path)));
});

test('content that is there is not sent again, and the same files give the same digest', async () => {
  const hub = registry();
  await using server = await startServer(hub.answer);
  const { models } = createHubClient({ url: server.url, token: 't', request }).project('shop');
  const files = [fileOf('digits.onnx', Buffer.from('weights'))];
  const told: string[] = [];
  const onFile = ({ path }: ModelFile, was: string) => told.push(`${path} ${was}`);

  const first = await models.push({ name: 'digits', files, onFile });
  const second = await models.push({ name: 'digits', files, onFile });

  assert.equal(first.digest, second.digest);
  assert.deepEqual(told, ['digits.onnx uploaded', 'digits.onnx there']);
});

test('a large file goes up in chunks, each where the one before ended', async () => {
  const hub = registry();
  await using server = await startServer(hub.answer);
  const { models } = createHubClient({ url: server.url, token: 't', request }).project('shop');
  const large = fileOf('large.onnx', Buffer.alloc(2 * chunkBytes + 5, 7));

  await models.push({ name: 'large', files: [large] });

  assert.equal(hub.blobs.get(large.digest)?.length, large.size);
  const sizes = server.arrived.filter(({ method }) => method === 'PATCH').map(({ body }) => body.length);
  assert.deepEqual(sizes, [chunkBytes, chunkBytes, 5]);
});

test('what the registry says of a refusal reaches the caller', async () => {
  const hub = registry();
  await using server = await startServer(hub.answer);
  const { models } = createHubClient({ url: server.url, token: 't', request }).project('shop');
  const changed = { ...fileOf('digits.onnx', Buffer.from('weights')), digest: digestOf('others') };

  await assert.rejects(models.push({ name: 'digits', files: [changed] }), {
    code: 'InvalidRequest',
    detail: /another digest/,
  });
});
