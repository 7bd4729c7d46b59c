import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type Busy, downKinds, downTopic, upTopic, type Welcome } from '@skerry/contracts';
import type { RestoredPolicy } from '../continuity/service.ts';
import { join } from '../testing/device.ts';
import { startTestHub } from '../testing/device-side.ts';
import { connectMqtt } from '../testing/mqtt.ts';

const inventory = { hostname: 'e', platform: 'linux', arch: 'x64', cores: 2, memory: 1, agentVersion: '0' };
const uuid = () => crypto.randomUUID();

/** A hub of that policy, and a device that may be connected several times. */
async function open(restoredDevices: RestoredPolicy, t: { after(close: () => Promise<void>): void }) {
  const hub = await startTestHub({ restoredDevices });
  t.after(hub.close);
  const device = await join(hub.side.port, await hub.token());
  const { joined } = device;
  return async () => {
    const link = await connectMqtt(`mqtts://127.0.0.1:${hub.side.mqttPort}`, device, joined.deviceId);
    await link.client.subscribeAsync(downKinds.map((kind) => downTopic(joined, kind)));
    const say = (kind: 'hello' | 'confirm', message: object) =>
      link.client.publish(upTopic(joined, kind), JSON.stringify(message), { qos: 1 });
    const hello = (continuation?: string) =>
      say('hello', {
        protocol: 1,
        features: [],
        session: uuid(),
        bootId: uuid(),
        streams: [],
        inventory,
        continuation,
      });
    /** A whole session's beginning: the secret that the device has from now on. */
    const begin = async (continuation?: string): Promise<string> => {
      hello(continuation);
      const welcome: Welcome = await link.next(downTopic(joined, 'welcome'));
      const stored = createHash('sha256').update(welcome.continuation!).digest('hex');
      say('confirm', { session: welcome.session, stored });
      return welcome.continuation!;
    };
    return { begin, hello, busy: () => link.next<Busy>(downTopic(joined, 'busy')), ended: link.ended };
  };
}

test('of two that share a disk and both go on, the one that has to go is told to come back later and later', async (t) => {
  const connect = await open('go-on', t);
  let live = await connect();
  let secret = await live.begin();
  const waits: number[] = [];
  for (let turns = 0; turns < 10; turns++) {
    const newer = await connect();
    const { reason, retryAfterMs } = await live.busy();
    assert.equal(reason, 'SessionTakenOver');
    waits.push(retryAfterMs);
    await live.ended;
    live = newer;
    secret = await live.begin(secret);
  }
  assert.ok(waits[0]! <= 12_500 && waits.at(-1)! >= 11 * 60_000, `${waits}`);
  await assert.rejects(connect(), /Server unavailable/, 'one that does not wait has to');
});

test('a copy that waits for a person is sent away for long, and the device that it cut off is back at once', async (t) => {
  const connect = await open('ask', t);
  const device = await connect();
  const old = await device.begin();
  const again = await connect();
  const secret = await again.begin(old);
  const copy = await connect();
  const { reason, retryAfterMs } = await again.busy();
  assert.deepEqual([reason, retryAfterMs], ['SessionTakenOver', 2_000]);
  copy.hello(old);
  const held = await copy.busy();
  assert.equal(held.reason, 'RestoredOrCloned');
  assert.ok(held.retryAfterMs >= 30_000);
  const back = await connect();
  const cut = await copy.busy();
  assert.ok(cut.retryAfterMs >= 20_000, `${cut.retryAfterMs} ms for one without a session`);
  await back.begin(secret);
});
