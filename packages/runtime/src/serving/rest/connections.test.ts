import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { startTestServer } from './test-server.ts';

const server = await startTestServer(['models/mlp_tiny.onnx']);

const body = {
  inputs: [{ name: 'x', shape: [1, 16], datatype: 'FP32', data: Array(16).fill(1) }],
};

describe('requests that are not as they say', () => {
  it('refuses a body longer than Content-Length says', async () => {
    assert.match(await rawRequest([head('Content-Length: 2'), '{} and more']), /^HTTP\/1.1 400/);
  });

  it('forgets a client that leaves in the middle of a body', async () => {
    const socket = connect(server.port, '127.0.0.1');
    socket.write(`${head('Content-Length: 100')}{"inp`);
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.destroy();
    assert.equal((await server.infer('mlp_tiny', body)).status, 200);
  });

  it('refuses a body past the limit, whether its length is announced or not', async () => {
    const body = 'x'.repeat(2 * 1024 * 1024);
    const announced = await rawRequest([head(`Content-Length: ${body.length}`), body]);
    assert.match(announced, /^HTTP\/1.1 413 .*body is larger than 1048576 bytes/s);
    const chunked = await rawRequest([
      head('Transfer-Encoding: chunked'),
      `${body.length.toString(16)}\r\n`,
      body,
    ]);
    assert.match(chunked, /^HTTP\/1.1 413 .*body is larger than 1048576 bytes/s);
  });

  it('gives up on a client that never ends its head, or its body', async () => {
    assert.match(await rawRequest(['POST /v2 HTTP/1.1\r\nHost:']), /^HTTP\/1.1 408/);
    assert.match(await rawRequest([head('Content-Length: 100'), '{"inp']), /^HTTP\/1.1 408/);
  });

  it('refuses both a length and chunks, and what is not HTTP', async () => {
    assert.match(
      await rawRequest([head('Content-Length: 2\r\nTransfer-Encoding: chunked'), '0\r\n\r\n']),
      /^HTTP\/1.1 400/,
    );
    assert.match(await rawRequest(['hello\r\n\r\n']), /^HTTP\/1.1 400/);
  });
});

const head = (more: string) => `POST /v2/models/mlp_tiny/infer HTTP/1.1\r\nHost: here\r\n${more}\r\n\r\n`;

function rawRequest(parts: readonly string[]): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(server.port, '127.0.0.1', () => {
    for (const part of parts) socket.write(part);
  });
  let text = '';
  socket.setTimeout(3_000, () => socket.destroy());
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => {});
  socket.on('close', () => resolve(text));
  return promise;
}
