import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { FastifyReply } from 'fastify';
import { answerOver } from './answer-over.ts';

/** Requests as they come, and somebody who makes them. */
async function open(t: TestContext) {
  const come: { readonly request: IncomingMessage; readonly response: ServerResponse }[] = [];
  const server = createServer((request, response) => {
    come.push({ request, response });
    server.emit('came');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => {}).resume();
  t.after(() => {
    client.destroy();
    server.close();
  });
  const ask = async () => {
    const came = once(server, 'came');
    client.write('GET / HTTP/1.1\r\nHost: hub\r\n\r\n');
    await came;
    const { request: raw, response } = come.at(-1)!;
    const reply = { raw: response, request: { raw } } as Pick<FastifyReply, 'raw' | 'request'>;
    return { reply, response, socket: raw.socket };
  };
  return { client, ask };
}

test('an answer is over once it was given, and nothing is left on a connection that is kept', async (t) => {
  const { ask } = await open(t);
  const left = [];
  for (let count = 0; count < 2; count++) {
    const { reply, response, socket } = await ask();
    const over = answerOver(reply);
    assert.equal(over.aborted, false);
    response.end();
    await once(over, 'abort');
    left.push(socket.listenerCount('close'));
  }
  assert.equal(left[0], left[1]);
});

test('who has gone while it was looked up who asks gets no answer', async (t) => {
  const { client, ask } = await open(t);
  const { reply, response } = await ask();
  client.destroy();
  await once(response, 'close');
  assert.equal(answerOver(reply).aborted, true);
});

test('an answer behind another ends with their connection', async (t) => {
  const { client, ask } = await open(t);
  await ask();
  const over = answerOver((await ask()).reply);
  client.destroy();
  await once(over, 'abort');
});
