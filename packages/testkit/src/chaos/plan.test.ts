import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@skerry/kit/testing';
import fc from 'fast-check';
import { drawn, makePlan } from './plan.ts';

const wishes = fc.record({
  forMs: fc.integer({ min: 10_000, max: 3_600_000 }),
  kills: fc.integer({ min: 0, max: 500 }),
  kinds: fc
    .uniqueArray(fc.string({ minLength: 1 }), { maxLength: 8 })
    .map((kinds) => kinds.map((kind) => ({ kind, everyNth: 1 }))),
});

test('a plan has as many kills as wished, in its time, and is the same for the same seed', () => {
  fc.assert(
    fc.property(wishes, fc.nat(), (wish, seed) => {
      const plan = makePlan(wish, seededRandom(seed));
      assert.deepEqual(makePlan(wish, seededRandom(seed)), plan);
      assert.equal(plan.kills.length, wish.kills);
      const times = [...plan.kills, ...plan.faults].map(({ atMs }) => atMs);
      assert.ok(times.every((at) => at >= 0 && at <= wish.forMs));
    }),
    { numRuns: 50 },
  );
});

test('even a short plan has a fault of every kind', () => {
  const kinds = ['cut', 'loss', 'slow', 'full', 'clock', 'hub full'].map((kind) => ({ kind, everyNth: 1 }));
  for (let seed = 0; seed < 50; seed++) {
    const { faults } = makePlan({ forMs: 15_000, kills: 0, kinds }, seededRandom(seed));
    assert.deepEqual(new Set(faults.map(({ kind }) => kind)), new Set(kinds.map(({ kind }) => kind)));
  }
});

test('what is rare comes in every so manyth round', () => {
  const kinds = [
    { kind: 'often', everyNth: 1 },
    { kind: 'seldom', everyNth: 4 },
  ];
  const { faults } = makePlan({ forMs: 600_000, kills: 0, kinds }, seededRandom(1));
  const seldom = faults.filter(({ kind }) => kind === 'seldom').length;
  assert.ok(Math.abs(seldom - faults.length / 5) <= 1, `${seldom} of ${faults.length}`);
});

test('a draw points at each of the items, and at nothing else', () => {
  assert.equal(drawn(['a', 'b'], 0), 'a');
  assert.equal(drawn(['a', 'b'], 0.5), 'b');
  assert.equal(drawn(['a', 'b'], 1), 'b');
  assert.equal(drawn([], 0.5), undefined);
});
