import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type Duplex, duplexPair } from 'node:stream';
import { test } from 'node:test';
import mqtt from 'mqtt-packet';
import { limitPackets } from './limit-packets.ts';

const MAX = 1000;
const publish = (bytes: number) =>
  mqtt.generate({
    cmd: 'publish',
    topic: 't',
    payload: Buffer.alloc(bytes),
    qos: 0,
    dup: false,
    retain: false,
  });

function open() {
  const [device, connection] = duplexPair();
  const refusals: string[] = [];
  const limited = limitPackets(connection, MAX, (why) => refusals.push(why));
  return { device, connection, limited, refusals };
}

const readAll = async (stream: Duplex) => Buffer.concat(await stream.toArray());

test('packets within the limit pass unchanged, in both directions', async () => {
  const { device, limited, refusals } = open();
  const sent = Buffer.concat([publish(900), publish(0), publish(10)]);
  const received = readAll(limited);
  device.end(sent);
  assert.deepEqual(await received, sent);
  const answer = readAll(device);
  limited.end(publish(5));
  assert.deepEqual(await answer, publish(5));
  assert.deepEqual(refusals, []);
});

test('one over the limit destroys both sides, and none of it is read', async () => {
  const { device, connection, limited, refusals } = open();
  const read: Buffer[] = [];
  limited.on('data', (chunk: Buffer) => read.push(chunk));
  device.write(publish(10));
  await once(limited, 'data');
  device.write(publish(10_000_000).subarray(0, 4096));
  await once(limited, 'close');
  assert.deepEqual(refusals, ['too-large']);
  assert.equal(connection.destroyed, true);
  assert.deepEqual(Buffer.concat(read), publish(10));
});

test('a reader that is slow holds the sender back', async () => {
  const { device, limited } = open();
  let written = 0;
  while (device.write(publish(900))) written += 1;
  for (let more = 0; more < 200; more++) device.write(publish(900));
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(
    limited.readableLength <= limited.readableHighWaterMark + 1000,
    `${limited.readableLength} bytes buffered`,
  );
  assert.ok(device.writableNeedDrain);
  limited.resume();
  await once(device, 'drain');
  assert.ok(written > 0);
});

test('the end of either side is the end of both', async () => {
  const first = open();
  first.connection.destroy();
  await once(first.limited, 'close');
  const second = open();
  second.limited.destroy();
  await once(second.connection, 'close');
});
