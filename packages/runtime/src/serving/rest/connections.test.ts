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
    const late = /^HTTP\/1.1 408 Request Timeout.*the request did not arrive in time/s;
    assert.match(await rawRequest(['POST /v2 HTTP/1.1\r\nHost:']), late);
    assert.match(await rawRequest([head('Content-Length: 100'), '{"inp']), late);
  });

  it('refuses both a length and chunks, and what is not HTTP', async () => {
    assert.match(
      await rawRequest([head('Content-Length: 2\r\nTransfer-Encoding: chunked'), '0\r\n\r\n']),
      /^HTTP\/1.1 400/,
    );
    assert.match(await rawRequest(['hello\r\n\r\n']), /^HTTP\/1.1 400 .*this is not HTTP as it should be/s);
  });

  it('refuses a head past the limit', async () => {
    const long = await rawRequest([head(`X-Long: ${'x'.repeat(17_000)}`)]);
    assert.match(long, /^HTTP\/1.1 431 .*the head is larger than 16384 bytes, the limit here/s);
  });

  it('forgets a client that leaves in the middle of a large body', async () => {
    const socket = connect(server.port, '127.0.0.1');
    socket.write(`${head('Content-Length: 500000')}${'x'.repeat(300_000)}`);
    await new Promise((resolve) => socket.once('drain', resolve));
    socket.destroy();
    assert.equal((await server.infer('mlp_tiny', body)).status, 200);
  });
});

describe('connections', () => {
  const text = JSON.stringify(body);
  const whole = (id: string) => {
    const json = JSON.stringify({ ...body, id });
    return `${head(`Content-Length: ${json.length}`)}${json}`;
  };
  const idsIn = (answers: string) => [...answers.matchAll(/"id":"(\w+)"/g)].map(([, id]) => id);

  it('answers requests that are sent without waiting, in their order', async () => {
    const many = Array.from({ length: 20 }, (_, i) => `n${i}`);
    const answers = await rawRequest([...many.map(whole), head('Connection: close\r\nContent-Length: 0')]);
    assert.deepEqual(idsIn(answers), many);
  });

  it('answers after a refusal on the same connection', async () => {
    const refused = `${head('Content-Length: 2\r\nContent-Type: text/html')}{}`;
    const answers = await rawRequest([
      refused,
      whole('a'),
      refused,
      head('Connection: close\r\nContent-Length: 0'),
    ]);
    assert.equal(answers.match(/HTTP\/1.1 415/g)?.length, 2);
    assert.deepEqual(idsIn(answers), ['a']);
  });

  it('puts together what comes byte by byte', async () => {
    const socket = connect(server.port, '127.0.0.1');
    socket.setNoDelay(true);
    const answered = new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
    for (const byte of whole('slow').slice(0, -1)) socket.write(byte);
    await new Promise((resolve) => socket.write('', resolve));
    socket.end('}');
    assert.match(await answered, /^HTTP\/1.1 200 .*"id":"slow"/s);
  });

  it('reads chunks of any size', async () => {
    const chunks = [text.slice(0, 1), text.slice(1, 50), text.slice(50)];
    const sent = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`);
    const answer = await rawRequest([
      head('Connection: close\r\nTransfer-Encoding: chunked'),
      ...sent,
      '0\r\n\r\n',
    ]);
    assert.match(answer, /^HTTP\/1.1 200 /);
  });

  it('lets a client that asks go on', async () => {
    const asked = head(`Connection: close\r\nExpect: 100-continue\r\nContent-Length: ${text.length}`);
    assert.match(await rawRequest([asked, text]), /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 /);
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
