import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { beforeEach, it } from 'node:test';
import { failure } from '../../errors.ts';
import type { Remote } from '../../execution/remote.ts';
import { until } from '../../until.ts';
import type { Exchange } from '../wire.ts';
import { startTestServer } from './test-server.ts';

const server = await startTestServer(['models/mlp_tiny.onnx']);

const large = await startTestServer(['models/mlp_tiny.onnx'], {
  bodyLimit: 16 * 1024 * 1024,
  requestMs: 60_000,
});

/** Instances as a serving thread sees them, which answer when the test wants it. */
let submitted: Exchange[] = [];
let cancelled = 0;
let refusal: Error | undefined;
const remote: Remote = {
  admit: () => refusal,
  submit(exchange) {
    submitted.push(exchange);
    return () => {
      cancelled++;
    };
  },
  run: () => Promise.reject(new Error('not by this test')),
};
const model = { ...server.models.find('mlp_tiny'), inline: undefined, remote };
server.models.publish('mlp_tiny', { serving: model, versions: new Map([['1', model]]) });

beforeEach(() => {
  submitted = [];
  cancelled = 0;
  refusal = undefined;
});

const head = (length: number) =>
  `POST /v2/models/mlp_tiny/infer HTTP/1.1\r\nHost: here\r\nContent-Length: ${length}\r\n\r\n`;
const body = JSON.stringify({
  inputs: [{ name: 'x', shape: [1, 16], datatype: 'FP32', data: Array(16).fill(1) }],
});

it('hands over the body as it came, in memory that may be given away', async () => {
  for (const text of [body, `${body}${' '.repeat(200_000)}`]) {
    const answered = server.infer('mlp_tiny', text);
    await until(() => submitted.length === 1);
    const { body: sent, done } = submitted.pop()!;
    const { bytes } = structuredClone(sent, { transfer: [sent.bytes.buffer as ArrayBuffer] });
    assert.equal(Buffer.from(bytes).toString(), text);
    done(
      undefined,
      { text: '{"outputs":[]}', binary: [] },
      { queueUs: 0, inputUs: 0, inferUs: 0, outputUs: 0 },
    );
    assert.deepEqual((await answered).json, { outputs: [] });
  }
});

it('puts a large binary tensor where its elements may lie', async () => {
  for (const jsonLength of [101, 104, 107]) {
    const bytes = Buffer.alloc(jsonLength + 100_000, ' ');
    const headers = { 'inference-header-content-length': String(jsonLength) };
    const answered = server.call('/v2/models/mlp_tiny/infer', { method: 'POST', body: bytes, headers });
    await until(() => submitted.length === 1);
    const { body: sent, done, handBack } = submitted.pop()!;
    assert.equal((sent.bytes.byteOffset + jsonLength) % 8, 0);
    handBack!(sent.bytes.buffer as ArrayBuffer);
    done(failure('InferenceFailed', 'enough seen'), undefined, undefined);
    assert.equal((await answered).status, 500);
  }
});

it('refuses before the body is read what could not be answered in time', async () => {
  refusal = failure('Overloaded', 'the queue is full');
  const socket = connect(server.port, '127.0.0.1');
  const answered = new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
  socket.write(head(body.length));
  assert.match(await answered, /^HTTP\/1.1 503 .*Retry-After: 1.*the queue is full/s);
  socket.destroy();
  assert.equal(submitted.length, 0);
});

it('takes a request back when its client goes away', async () => {
  const socket = connect(server.port, '127.0.0.1');
  socket.write(head(body.length) + body);
  await until(() => submitted.length === 1);
  assert.equal(cancelled, 0);
  socket.destroy();
  await until(() => cancelled === 1);
});

it('bounds what large bodies fill while they come', async () => {
  const waiting = Array.from({ length: 16 }, () => {
    const socket = connect(large.port, '127.0.0.1');
    socket.write(head(16 * 1024 * 1024));
    return socket;
  });
  await until(async () => (await large.infer('mlp_tiny', `${body}${' '.repeat(200_000)}`)).status === 503);
  const { json } = await large.infer('mlp_tiny', `${body}${' '.repeat(200_000)}`);
  assert.match(json.error, /large bodies of \d+ bytes are on their way; 268435456 is the limit/);
  assert.equal((await large.infer('mlp_tiny', body)).status, 200);
  for (const socket of waiting) socket.destroy();
  await until(async () => (await large.infer('mlp_tiny', `${body}${' '.repeat(200_000)}`)).status === 200);
});
