import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { ring } from './ring.ts';

it('keeps the oldest, in order, and counts what it drops', () => {
  const step = fc.oneof(fc.constant('put' as const), fc.integer({ min: 0, max: 5 }));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step), (capacity, steps) => {
      const kept = ring<number>(capacity);
      const model: number[] = [];
      let [next, dropped] = [0, 0];
      for (const one of steps)
        if (one === 'put') {
          const fits = model.length < capacity;
          if (fits) model.push(next);
          else dropped++;
          assert.equal(kept.put(next++), fits);
        } else assert.deepEqual(kept.take(one), model.splice(0, one));
      assert.equal(kept.size, model.length);
      assert.equal(kept.takeDropped(), dropped);
      assert.equal(kept.takeDropped(), 0);
    }),
  );
});
