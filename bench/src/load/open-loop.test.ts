import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { tally } from './arrivals.ts';
import { applyOpenLoop } from './open-loop.ts';

async function serve(t: TestContext, answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { port, path: '/infer', body: Buffer.from('{}'), perSecond: 1_000, forMs: 50, connections: 8 };
}

test('each arrival gets its answer, whatever it is, and none waits for another', async (t) => {
  let count = 0;
  const order = await serve(t, (_, response) => {
    response.writeHead(count++ % 2 ? 503 : 200, { 'content-length': 2 }).end('{}');
  });
  const arrivals = await applyOpenLoop(order);
  assert.deepEqual(tally(arrivals), { good: 25, dropped: 25 });
  assert.ok(arrivals.sent.every((at, i) => at >= arrivals.due[i]!));
});

test('a connection that breaks is an answer that did not come, and is replaced', async (t) => {
  let count = 0;
  const order = await serve(t, (request, response) => {
    if (count++ % 5 === 0) request.socket.destroy();
    else response.writeHead(200, { 'content-length': 0 }).end();
  });
  assert.deepEqual(tally(await applyOpenLoop(order)), { good: 40, dropped: 10 });
});

test('a server that says that it closes is asked on a new connection', async (t) => {
  const order = await serve(t, (_, response) => {
    response.writeHead(200, { 'content-length': 0, connection: 'close' }).end();
  });
  assert.deepEqual(tally(await applyOpenLoop({ ...order, connections: 1 })), { good: 50, dropped: 0 });
});
