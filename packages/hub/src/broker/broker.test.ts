import assert from 'node:assert/strict';
import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { downTopic, upTopic } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import { nodeClock } from '@skerry/kit/node';
import { MqttClient } from 'mqtt';
import { startBroker } from './broker.ts';

const address = (deviceId: string) => ({ projectId: 'p', deviceId });
const command = (deviceId: string) => downTopic(address(deviceId), 'command');

async function open(t: TestContext) {
  const gone: string[] = [];
  const presence = {
    makeWay: () => true,
    connected: () => {},
    disconnected: ({ deviceId }: { deviceId: string }) => void gone.push(deviceId),
  };
  const broker = await startBroker({
    clock: nodeClock(),
    logger: silentLogger,
    presence,
    onDenial: () => {},
  });
  t.after(broker.close);
  const connect = async (deviceId: string) => {
    const [stream, device] = duplexPair();
    broker.accept(stream, address(deviceId), 'MqttOverTls');
    const client = new MqttClient(() => device, {
      clientId: deviceId,
      protocolVersion: 4,
      reconnectPeriod: 0,
    });
    t.after(() => client.end(true));
    await once(client as never, 'connect');
    await client.subscribeAsync(command(deviceId));
    return { client, stopReading: () => void device.unpipe() };
  };
  return { broker, gone, connect };
}

test('devices that do not read keep no other from being heard', { timeout: 10_000 }, async (t) => {
  const { broker, gone, connect } = await open(t);
  const heard = new Promise<string>((resolve) => {
    broker.subscribe('skerry/v1/+/+/up/+', (topic) => {
      resolve(topic);
      return true;
    });
  });
  const { client } = await connect('well');
  const silent = Array.from({ length: 100 }, (_, index) => `silent${index}`);
  for (const it of await Promise.all(silent.map(connect))) it.stopReading();
  for (const deviceId of silent) broker.publish(command(deviceId), 'x'.repeat(128 * 1024));
  await setImmediate();
  const topic = upTopic(address('well'), 'report');
  client.publish(topic, 'x');
  assert.equal(await heard, topic);
  assert.deepEqual(gone, []);
});

test('a device for which too much waits is cut', { timeout: 10_000 }, async (t) => {
  const { broker, gone, connect } = await open(t);
  const { stopReading } = await connect('silent');
  stopReading();
  let sent = 0;
  for (; gone.length === 0; sent++) {
    broker.publish(command('silent'), 'x'.repeat(128 * 1024));
    await setImmediate();
  }
  assert.ok(sent > 8 && sent < 32, `cut after ${sent} times 128 KiB`);
});
