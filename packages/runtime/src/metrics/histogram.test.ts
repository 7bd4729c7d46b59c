import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { histogram } from './histogram.ts';

it('has no quantile while it is empty', () => {
  assert.equal(histogram().quantile(0.5), undefined);
});

it('finds every quantile of any durations from above, within 3.2 % or 125 ns', () => {
  const durations = fc.array(fc.double({ min: 0, max: 2e8, noNaN: true }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(durations, fc.double({ min: 0, max: 1, noNaN: true }), (us, q) => {
      const found = histogram();
      for (const one of us) found.record(one);
      const exact = us.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(q * us.length) - 1)]!;
      const quantile = found.quantile(q)!;
      assert.ok(
        quantile > exact && quantile <= exact + Math.max(0.125, exact / 16) + 0.125,
        `${quantile} for ${exact}`,
      );
    }),
  );
});

it('counts everything once, and sums it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1e9 })), (us) => {
      const found = histogram();
      for (const one of us) found.record(one);
      assert.equal(found.countUpTo(Number.MAX_VALUE), us.length);
      assert.equal(found.count, us.length);
      assert.equal(
        found.sum,
        us.reduce((sum, one) => sum + one, 0),
      );
    }),
  );
});

it('holds what is too long for it in the last bucket', () => {
  const found = histogram();
  found.record(1e12);
  assert.ok(found.quantile(1)! > 2.6e8);
});
