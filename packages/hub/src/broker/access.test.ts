import assert from 'node:assert/strict';
import { test } from 'node:test';
import { downKinds, downTopic, upKinds, upTopic } from '@skerry/contracts';
import fc from 'fast-check';
import { type Action, decide } from './access.ts';

const uuid = fc.uuid({ version: 7 });
const device = fc.record({ projectId: uuid, deviceId: uuid });
const action = fc.constantFrom<Action>('publish', 'will', 'subscribe', 'forward');
const anyTopic = fc.oneof(
  fc.string(),
  fc
    .array(
      fc.oneof(fc.constantFrom('skerry', 'v1', 'up', 'down', 'hello', 'ack', '+', '#', '$SYS', ''), uuid),
    )
    .map((parts) => parts.join('/')),
);
const own = (address: { projectId: string; deviceId: string }) => ({
  publish: upKinds.map((kind) => upTopic(address, kind)),
  subscribe: downKinds.map((kind) => downTopic(address, kind)),
});

test('a device publishes up and hears down, on its own topics', () => {
  fc.assert(
    fc.property(device, fc.constantFrom(0, 1), (address, qos) => {
      const { publish, subscribe } = own(address);
      for (const topic of publish)
        assert.deepEqual(decide(address, { action: 'publish', topic, qos, retain: false }), {
          allowed: true,
        });
      for (const topic of subscribe)
        for (const action of ['subscribe', 'forward'] as const)
          assert.deepEqual(decide(address, { action, topic, qos, retain: false }), { allowed: true });
    }),
  );
});

test('whatever is allowed is one of those and nothing else', () => {
  fc.assert(
    fc.property(device, action, anyTopic, fc.nat(3), fc.boolean(), (address, what, topic, qos, retain) => {
      if (!decide(address, { action: what, topic, qos, retain }).allowed) return;
      const { publish, subscribe } = own(address);
      assert.ok(what === 'publish' ? publish.includes(topic) : what !== 'will' && subscribe.includes(topic));
      assert.ok(qos <= 1 && !retain);
    }),
    { numRuns: 1000 },
  );
});

test('another device’s topics are refused, whatever is tried on them', () => {
  fc.assert(
    fc.property(device, device, action, (mine, other, what) => {
      fc.pre(mine.deviceId !== other.deviceId);
      const { publish, subscribe } = own({ projectId: mine.projectId, deviceId: other.deviceId });
      for (const topic of [...publish, ...subscribe])
        assert.equal(decide(mine, { action: what, topic, qos: 0, retain: false }).allowed, false);
    }),
  );
});

test('wills, retained messages, wildcards and QoS 2 are refused even on own topics', () => {
  fc.assert(
    fc.property(device, (address) => {
      const topic = upTopic(address, 'hello');
      const attempt = { action: 'publish', topic, qos: 1, retain: false } as const;
      assert.equal(decide(address, { ...attempt, action: 'will' }).allowed, false);
      assert.equal(decide(address, { ...attempt, retain: true }).allowed, false);
      assert.equal(decide(address, { ...attempt, qos: 2 }).allowed, false);
      for (const wild of [
        topic.replace('hello', '+'),
        topic.replace('hello', '#'),
        topic.replace(address.deviceId, '+'),
      ])
        assert.equal(decide(address, { ...attempt, action: 'subscribe', topic: wild }).allowed, false);
    }),
  );
});
