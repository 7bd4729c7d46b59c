import assert from 'node:assert/strict';
import { request } from 'node:http';
import { it } from 'node:test';
import { gunzipSync, inflateSync } from 'node:zlib';
import { startTestServer } from './test-server.ts';

const server = await startTestServer(['models/mlp_tiny.onnx']);

const rowsOf = (rows: number) => ({
  inputs: [
    {
      name: 'x',
      shape: [rows, 16],
      datatype: 'FP32',
      data: Array.from({ length: rows * 16 }, (_, i) => i % 7),
    },
  ],
});

/** By node:http, since fetch decodes and asks for encodings on its own. */
function post(rows: number, headers: Record<string, string>) {
  const { promise, resolve, reject } = Promise.withResolvers<{
    headers: Record<string, unknown>;
    body: Buffer;
  }>();
  const path = '/v2/models/mlp_tiny/infer';
  const sent = request({ port: server.port, method: 'POST', path, headers }, async (response) => {
    resolve({ headers: response.headers, body: Buffer.concat(await response.toArray()) });
  });
  sent.on('error', reject).end(JSON.stringify(rowsOf(rows)));
  return promise;
}

it('compresses large answers for those who can read that', async () => {
  const plain = (await post(1_000, {})).body;
  for (const [accept, encoding, decode] of [
    ['gzip', 'gzip', gunzipSync],
    ['deflate', 'deflate', inflateSync],
    ['br;q=1, gzip;q=0.5', 'gzip', gunzipSync],
    ['gzip;q=0, Deflate', 'deflate', inflateSync],
  ] as const) {
    const { headers, body } = await post(1_000, { 'accept-encoding': accept });
    assert.equal(headers['content-encoding'], encoding);
    assert.equal(headers['content-length'], String(body.length));
    assert.ok(body.length < plain.length / 2);
    assert.deepEqual(decode(body), plain);
  }
});

it('compresses nothing else', async () => {
  for (const [rows, accept] of [
    [1_000, 'br, identity'],
    [1, 'gzip'],
  ] as const)
    assert.equal((await post(rows, { 'accept-encoding': accept })).headers['content-encoding'], undefined);
});

it('says where the time went when it is asked', async () => {
  const { headers } = await post(1, { prefer: 'respond-async, server-timing' });
  assert.match(
    String(headers['server-timing']),
    /^queue;dur=0\.000, input;dur=\d+\.\d{3}, infer;dur=\d+\.\d{3}, output;dur=\d+\.\d{3}$/,
  );
  assert.equal((await post(1, {})).headers['server-timing'], undefined);
});
