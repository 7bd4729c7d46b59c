import assert from 'node:assert/strict';
import { it } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { startTestServer } from './test-server.ts';

const limit = 1024 * 1024;
const server = await startTestServer(['models/mlp_tiny.onnx'], { bodyLimit: limit });

const body = JSON.stringify({
  inputs: [{ name: 'x', shape: [1, 16], datatype: 'FP32', data: Array(16).fill(1) }],
});

const post = (bytes: Uint8Array | ReadableStream, headers: Record<string, string>) =>
  server.call('/v2/models/mlp_tiny/infer', {
    method: 'POST',
    body: bytes as never,
    headers,
    duplex: 'half',
  } as RequestInit);

it('reads gzip and deflate', async () => {
  const plain = await post(Buffer.from(body), {});
  for (const [encoding, bytes] of [
    ['gzip', gzipSync(body)],
    ['x-gzip', gzipSync(body)],
    ['GZIP', gzipSync(body)],
    ['deflate', deflateSync(body)],
    ['identity', Buffer.from(body)],
  ] as const) {
    const { status, json } = await post(bytes, { 'content-encoding': encoding });
    assert.equal(status, 200, encoding);
    assert.deepEqual(json.outputs, plain.json.outputs);
  }
});

it('refuses other encodings, and what is not so encoded', async () => {
  const brotli = await post(Buffer.from(body), { 'content-encoding': 'br' });
  assert.equal(brotli.status, 415);
  assert.match(brotli.json.error, /encoded as br are not read here; send gzip, deflate/);
  for (const bytes of [Buffer.from(body), gzipSync(body).subarray(0, 30), Buffer.alloc(0)]) {
    const { status, json } = await post(bytes, { 'content-encoding': 'gzip' });
    assert.equal(status, 400);
    assert.match(json.error, /body is not gzip, as its Content-Encoding says/);
  }
});

it('refuses a body that grows past the limit when it is decoded', async () => {
  const bomb = gzipSync(Buffer.alloc(50 * limit));
  assert.ok(bomb.length < limit);
  const { status, json } = await post(bomb, { 'content-encoding': 'gzip' });
  assert.equal(status, 413);
  assert.match(json.error, /larger than 1048576 bytes/);
});

it('reads bodies that come in chunks of unannounced number, encoded or not', async () => {
  const chunked = (bytes: Uint8Array) =>
    new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 50) controller.enqueue(bytes.subarray(at, at + 50));
        controller.close();
      },
    });
  assert.equal((await post(chunked(Buffer.from(body)), {})).status, 200);
  assert.equal((await post(chunked(gzipSync(body)), { 'content-encoding': 'gzip' })).status, 200);
});

it('takes JSON by whatever name, and refuses what surely is something else', async () => {
  const types = [
    'application/json; charset=utf-8',
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/octet-stream',
  ];
  for (const type of types)
    assert.equal((await post(Buffer.from(body), { 'content-type': type })).status, 200, type);
  for (const type of ['multipart/form-data; boundary=x', 'application/xml', 'video/mp4']) {
    const { status, json } = await post(Buffer.from(body), { 'content-type': type });
    assert.equal(status, 415, type);
    assert.match(json.error, /are not read here; send application\/json/);
  }
});
