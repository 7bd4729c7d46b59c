import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movedTo, mqttAt, orAt, reachedAt } from './hub-addresses.ts';

const joined = { addresses: ['https://old:8443'], former: [] };
const named = ['https://new:8443', 'mqtts://new:8883'];

test('a hub that moves is looked for at its new addresses, and at the old until a new one answers', () => {
  const moving = movedTo(joined, named)!;
  assert.deepEqual(moving, { addresses: [...named, 'https://old:8443'], former: ['https://old:8443'] });
  assert.equal(movedTo(moving, named), undefined, 'told again, it is no news');
  assert.equal(reachedAt(moving, 'https://old:8443'), undefined);
  assert.deepEqual(reachedAt(moving, 'mqtts://new:8883'), { addresses: named, former: [] });
  assert.equal(reachedAt(joined, 'https://old:8443'), undefined);
});

test('where the hub takes MQTT over TLS beside what was asked, it is tried too', () => {
  const told = mqttAt(joined, 'https://old:8443', 'h3=":443"; ma=60, mqtt=":8883"; ma=60')!;
  assert.deepEqual(told, { addresses: ['https://old:8443', 'mqtts://old:8883'], former: [] });
  assert.equal(mqttAt(told, 'https://old:8443', 'mqtt=":8883"'), undefined, 'told again, it is no news');
  const other = mqttAt(told, 'https://old:8443', 'mqtt=":8884"');
  assert.deepEqual(other?.addresses, ['https://old:8443', 'mqtts://old:8884']);
  assert.deepEqual(
    mqttAt(told, 'https://[::1]:8443', 'mqtt=":8883"')?.addresses.at(-1),
    'mqtts://[::1]:8883',
  );
  for (const said of ['', 'clear', 'mqtt="other:8883"', 'mqtt=":99999"', 'h3=":443"'])
    assert.equal(mqttAt(joined, 'https://old:8443', said), undefined, said);
});

test('a hub that moves again before it was met, or back, is looked for everywhere', () => {
  const moving = movedTo(joined, named)!;
  const again = movedTo(moving, ['https://third'])!;
  assert.deepEqual(again.addresses, ['https://third', ...named, 'https://old:8443']);
  const back = movedTo(moving, ['https://old:8443'])!;
  assert.deepEqual(back, { addresses: ['https://old:8443', ...named], former: named });
});

test('addresses that no device could use, or only half, change nothing', () => {
  assert.equal(movedTo(joined, []), undefined);
  assert.equal(movedTo(joined, ['mqtts://new']), undefined);
  assert.equal(movedTo(joined, ['https://', 'gopher://new']), undefined);
  assert.deepEqual(movedTo(joined, ['quic://new', 'https://new'])?.addresses[0], 'https://new');
});

test('where nobody knows which list is right both are tried, until one of the first has answered', () => {
  const held = { addresses: ['https://a', 'https://b'], former: ['https://b'] };
  const both = orAt(held, ['https://b', 'https://c']);
  assert.deepEqual(both, {
    addresses: ['https://a', 'https://b', 'https://c'],
    former: ['https://b', 'https://c'],
  });
  assert.deepEqual(reachedAt(both, 'https://a'), { addresses: ['https://a'], former: [] });
  assert.equal(reachedAt(both, 'https://c'), undefined);
});
