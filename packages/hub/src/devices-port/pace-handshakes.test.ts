import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { manualClock } from '@skerry/kit/testing';
import { until } from '@skerry/testkit';
import { paceHandshakes } from './pace-handshakes.ts';

async function open(t: TestContext) {
  const clock = manualClock();
  const begun: (string | undefined)[] = [];
  const arrived: (string | undefined)[] = [];
  const nameOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;
  const heard: string[] = [];
  const server = createServer((socket) => {
    begun.push(nameOf(socket));
    socket.on('data', (said) => void heard.push(String(said)));
  });
  const stop = paceHandshakes(server, clock);
  server.on('connection', (socket) => void arrived.push(nameOf(socket)));
  const clients: Socket[] = [];
  t.after(() => {
    for (const client of clients) client.destroy();
    stop();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const come = async (count: number, localAddress = '127.0.0.1') => {
    const all = arrived.length + count;
    for (let i = 0; i < count; i++) {
      const client = connect({ port, host: '127.0.0.1', localAddress });
      clients.push(client.on('error', () => {}).resume());
    }
    await until(() => arrived.length === all, { what: 'all have arrived' });
  };
  return { clock, begun, arrived, heard, clients, server, stop, come };
}

test('of many connections at once a few begin, then one after the other, in the order of arrival', async (t) => {
  const { clock, begun, arrived, clients, stop, come } = await open(t);
  await come(40);
  assert.deepEqual(begun, arrived.slice(0, 16));
  await clock.advance(8 * 12);
  assert.deepEqual(begun, arrived.slice(0, 28));
  stop();
  const closed = () => clients.filter(({ destroyed }) => destroyed).length;
  await until(() => closed() === 12, { what: 'those that waited are cut' });
  await come(1);
  await until(() => closed() === 13, { what: 'who comes while the server closes is cut' });
  assert.equal(begun.length, 28);
  assert.equal(clock.waiting, 0);
});

test('who opens connections by the thousand keeps no other address waiting behind them', {
  skip: process.platform !== 'linux' && 'loopback has one address here',
}, async (t) => {
  const { clock, begun, come } = await open(t);
  await come(60);
  await come(3, '127.0.0.2');
  await clock.advance(8 * 6);
  const addresses = begun.slice(16).map((name) => name?.split(' ')[0]);
  assert.deepEqual(addresses.toSorted(), [...Array(3).fill('127.0.0.1'), ...Array(3).fill('127.0.0.2')]);
});

test('who has given up by its turn takes none, and who waits is heard from its first word', async (t) => {
  const { clock, begun, heard, clients, server, come } = await open(t);
  const connections = promisify(server.getConnections.bind(server));
  await come(40);
  for (const [i, client] of clients.entries()) client.write(`${i} `);
  for (const client of clients.slice(16, 39)) client.end();
  const isLeft = async () => (await connections()) === 17;
  await until(isLeft, { what: 'those who have given up are gone' });
  await clock.advance(8);
  assert.equal(begun.length, 17);
  await until(() => heard.join('').includes('39 '), { what: 'what the last has said is heard' });
});
