import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { spans } from './spans.ts';

const range = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.nat(6))
  .map(([first, more]) => ({ first, last: first + more }));

test('ranges are what a set of their numbers would be', () => {
  fc.assert(
    fc.property(fc.array(range), range, (added, asked) => {
      const set = new Set<number>();
      const kept = spans();
      for (const { first, last } of added) {
        kept.add(first, last);
        for (let number = first; number <= last; number++) set.add(number);
      }
      const numbers = Array.from({ length: asked.last - asked.first + 1 }, (_, index) => asked.first + index);
      const lacking = kept
        .lacks(asked.first, asked.last)
        .flatMap(({ first, last }) => numbers.filter((number) => first <= number && number <= last));
      assert.deepEqual(
        lacking,
        numbers.filter((number) => !set.has(number)),
      );
      assert.equal(kept.has(asked.first), set.has(asked.first));
      assert.equal(
        kept.meets(asked.first, asked.last),
        numbers.some((number) => set.has(number)),
      );
      const copy = kept.copy();
      kept.add(99);
      assert.equal(copy.has(99), false);
    }),
  );
});
