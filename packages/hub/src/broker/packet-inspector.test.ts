import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import mqtt from 'mqtt-packet';
import { packetInspector, type Verdict } from './packet-inspector.ts';

const publish = (bytes: number) =>
  mqtt.generate({
    cmd: 'publish',
    topic: 't',
    payload: Buffer.alloc(bytes, 7),
    qos: 0,
    dup: false,
    retain: false,
  });

const feed = (bytes: Buffer, cuts: readonly number[], max: number): Verdict => {
  const inspect = packetInspector(max);
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let from = 0;
  for (const to of ends) {
    const verdict = inspect(bytes.subarray(from, to));
    if (verdict !== 'ok') return verdict;
    from = to;
  }
  return 'ok';
};

const sizes = fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 6 });
const cuts = fc.array(fc.nat(), { maxLength: 8 });

test('packets within the limit pass, however the bytes are cut', () => {
  fc.assert(
    fc.property(sizes, cuts, (payloads, at) => {
      const bytes = Buffer.concat(payloads.map(publish));
      assert.equal(feed(bytes, at, 40_003), 'ok');
    }),
  );
});

test('one packet over the limit is refused, however the bytes are cut', () => {
  fc.assert(
    fc.property(sizes, cuts, (payloads, at) => {
      const bytes = Buffer.concat([...payloads, 40_001].map(publish));
      assert.equal(feed(bytes, at, 40_003), 'too-large');
    }),
  );
});

test('the announcement alone is refused, before its body comes', () => {
  const announced = publish(10_000_000).subarray(0, 5);
  assert.equal(packetInspector(256 * 1024)(announced), 'too-large');
});

test('a length of five bytes is malformed (MQTT 3.1.1 §2.2.3)', () => {
  assert.equal(packetInspector(256 * 1024)(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01])), 'malformed');
});
