import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { judge, quantile } from './judge.ts';

const of = (...rounds: number[]) => judge({ name: 'n', unit: 'µs', goal: 25, rounds });

test('the value is the median, the spread the distance between the quartiles', () => {
  const figure = of(10, 12, 11, 100, 9);
  assert.equal(figure.value, 11);
  assert.equal(figure.spread, 2);
  assert.equal(figure.verdict, 'holds');
  assert.equal(figure.holds, true);
});

test('a value above its goal is missed, one on it holds', () => {
  assert.equal(of(30, 31, 30, 30, 30).verdict, 'missed');
  assert.equal(of(25, 25, 25, 25, 25).verdict, 'holds');
});

test('rounds that spread wider than the margin decide nothing, on either side of the goal', () => {
  for (const figure of [of(20, 24, 30, 23, 28), of(20, 27, 30, 26, 22)]) {
    assert.equal(figure.verdict, 'undecided');
    assert.equal(figure.holds, false);
  }
});

test('without a goal there is nothing to hold', () => {
  const figure = judge({ name: 'n', unit: 'µs', rounds: [1, 2, 3, 4, 5] });
  assert.deepEqual([figure.value, figure.verdict, figure.holds], [3, 'reference', false]);
});

test('fewer than three rounds are no figure', () => {
  assert.throws(() => of(1, 2), /2 rounds; it takes 3/);
});

test('a goal from below is missed by what is smaller', () => {
  const least = (...rounds: number[]) => judge({ name: 'n', unit: '×', goal: 4, bound: 'at least', rounds });
  assert.equal(least(5, 5.1, 5.2).verdict, 'holds');
  assert.equal(least(4, 4, 4).verdict, 'holds');
  assert.equal(least(3, 3.1, 3.2).verdict, 'missed');
  assert.equal(least(3, 4.1, 5).verdict, 'undecided');
});

test('a quantile lies between the least and the greatest, and the order of values does not matter', () => {
  const values = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 });
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (all, q) => {
      const value = quantile(all, q);
      assert.ok(value >= Math.min(...all) && value <= Math.max(...all));
      assert.equal(quantile(all.toReversed(), q), value);
    }),
  );
});
