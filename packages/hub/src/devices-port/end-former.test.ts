import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { nodeDisk } from '@skerry/kit/node';
import { until } from '@skerry/testkit';
import { keyFolder } from '../identity/key-folder.ts';
import { rotateRoot } from '../identity/rotate.ts';
import { ask, join } from '../testing/device.ts';
import { startTestHub, type TestHub } from '../testing/device-side.ts';
import { connectMqtt } from '../testing/mqtt.ts';

test('connections under a former root end: idle ones at once, others with the next answer; sessions go on', async (t) => {
  const hub = await startTestHub();
  t.after(() => hub.close());
  const { port } = hub.side;
  const device = await join(port, await hub.token());
  const session = await connectMqtt(`wss://127.0.0.1:${port}/mqtt`, device, device.joined.deviceId);
  const [idle, asking] = [await open(port), await open(port)];
  await answerTo(idle, 'GET /join/v1/chain HTTP/1.1\r\nHost: hub\r\n\r\n');
  asking.write('GET /join/v1/chain HTTP/1.1\r\n');
  const idleEnded = once(idle, 'close');

  await rotate(hub);
  await idleEnded;
  const answer = await answerTo(asking, 'Host: hub\r\n\r\n');
  assert.match(answer, /^HTTP\/1\.1 200/);
  assert.match(answer, /^connection: close/im);
  const fresh = await open(port);
  assert.match(await answerTo(fresh, 'GET /join/v1/chain HTTP/1.1\r\nHost: hub\r\n\r\n'), /keep-alive/i);
  fresh.destroy();
  assert.equal(session.client.connected, true);
  await session.close();
});

async function rotate(hub: TestHub): Promise<void> {
  const rootsOf = async () => (await ask(hub.side.port, 'GET', '/join/v1/roots')).json();
  const { hubId } = await rootsOf();
  await rotateRoot({ ...hub.context, hubId, keys: keyFolder(nodeDisk(), `${hub.data}/keys`) });
  const isTakenUp = async () => (await rootsOf()).roots.length === 2;
  await until(isTakenUp, { what: 'the hub has another root', deadline: 10_000 });
}

async function open(port: number): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  return socket;
}

async function answerTo(socket: TLSSocket, request: string): Promise<string> {
  const answered = once(socket, 'data');
  socket.write(request);
  return String((await answered)[0]);
}
