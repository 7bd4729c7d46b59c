import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { betterWay, nameOf, type Setback, setBack, tryOrder, waysOf } from './choose.ts';

const transports = ['mqtt-tls', 'mqtt-ws', 'https'] as const;
const addresses = ['https://new:8443', 'mqtts://new:8883', 'https://old:8443'];
const ways = waysOf(transports, addresses);
const names = (list: typeof ways) => list.map(nameOf);
const blocked = (...indices: number[]) =>
  new Map(indices.map((index) => [nameOf(ways[index]!), { failures: 1, until: 100 }]));

test('ways: by transport, then by address, each over the scheme that it goes by', () => {
  assert.deepEqual(names(ways), [
    'mqtt-tls mqtts://new:8883',
    'mqtt-ws https://new:8443',
    'mqtt-ws https://old:8443',
    'https https://new:8443',
    'https https://old:8443',
  ]);
  assert.deepEqual(waysOf(transports, ['gopher://x']), []);
});

test('without a connection: every way, those without a setback first', () => {
  assert.deepEqual(tryOrder(ways, new Map(), 0), ways);
  assert.deepEqual(tryOrder(ways, blocked(0, 1), 0), [...ways.slice(2), ...ways.slice(0, 2)]);
  assert.deepEqual(tryOrder(ways, blocked(0, 1), 100), ways, 'a setback is over one day');
});

test('with one: a better way that is due, and none beside the best', () => {
  assert.equal(betterWay(ways, ways[0]!, new Map(), 0), undefined);
  assert.equal(betterWay(ways, ways[3]!, new Map(), 0), ways[0]);
  assert.equal(betterWay(ways, ways[3]!, blocked(0), 0), ways[1]);
  assert.equal(betterWay(ways, ways[3]!, blocked(0, 1, 2), 0), undefined);
  const gone = { transport: 'https', address: 'https://gone:8443' } as const;
  assert.equal(betterWay(ways, gone, blocked(0), 0), ways[1], 'the hub has moved');
});

test('a setback lasts longer each time, up to the longest, and is never forgotten for ever', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.double({ min: 0, max: 1, noNaN: true }), (times, random) => {
      let setback: Setback | undefined;
      let longest = 0;
      for (let time = 0; time <= times; time++) {
        setback = setBack(setback, 1_000, 1_800_000, random);
        const pause = setback.until - 1_000;
        assert.ok(pause >= longest && pause >= 4_375 && pause <= 1_800_000 * 1.125);
        longest = pause;
      }
    }),
  );
});
