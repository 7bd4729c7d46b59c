import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { manualClock } from '@skerry/kit/testing';
import { until } from '@skerry/testkit';
import { paceHandshakes } from './pace-handshakes.ts';

test('of many connections at once a few begin, then one after the other, in the order of arrival', async (t) => {
  const clock = manualClock();
  const begun: (number | undefined)[] = [];
  const server = createServer((socket) => void begun.push(socket.remotePort));
  const stop = paceHandshakes(server, clock);
  const arrived: (number | undefined)[] = [];
  server.on('connection', (socket) => void arrived.push(socket.remotePort));
  const clients: Socket[] = [];
  t.after(() => {
    for (const client of clients) client.destroy();
    stop();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  for (let i = 0; i < 40; i++) {
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    clients.push(client.on('error', () => {}).resume());
  }
  await until(() => arrived.length === 40, { what: 'all have arrived' });
  assert.deepEqual(begun, arrived.slice(0, 16));
  await clock.advance(8 * 12);
  assert.deepEqual(begun, arrived.slice(0, 28));
  stop();
  const closed = () => clients.filter(({ destroyed }) => destroyed).length;
  await until(() => closed() === 12, { what: 'those that waited are cut' });
  assert.equal(clock.waiting, 0);
});
