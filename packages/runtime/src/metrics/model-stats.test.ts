import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { modelStats, statsBytes, sumStats } from './model-stats.ts';

const timing = { queueUs: 1, inputUs: 2, inferUs: 3, outputUs: 4 };

describe('statistics of a version', () => {
  it('add up over threads, the last inference being the latest', () => {
    const regions = [10, 30, 20].map((now) => {
      const region = new SharedArrayBuffer(statsBytes);
      const stats = modelStats(region);
      stats.ran(8, 3);
      stats.answered(timing, now);
      stats.answered(timing, now);
      stats.failed('REJECTED', 7);
      return region;
    });
    const sum = sumStats(regions);
    assert.deepEqual(
      [sum.compute.count, sum.request.count, sum.request.sum, sum.queue.sum, sum.inferences],
      [3, 6, 60, 6, 24],
    );
    assert.deepEqual([sum.inputUs, sum.inferUs, sum.outputUs], [12, 18, 24]);
    assert.deepEqual([sum.failures.REJECTED, sum.failures.OTHER, sum.failedUs], [3, 0, 21]);
    assert.equal(sum.lastInference, 30);
    assert.deepEqual(sum.batches, [{ rows: 8, calls: 3, inputUs: 12, inferUs: 9, outputUs: 24 }]);
    assert.equal(sumStats([]).lastInference, 0);
  });

  it('count the same whichever thread did it', () => {
    const events = fc.array(
      fc.record({ thread: fc.nat(2), rows: fc.integer({ min: 0, max: 20 }), us: fc.nat(1e6) }),
    );
    fc.assert(
      fc.property(events, (all) => {
        const regions = [0, 1, 2, 3].map(() => new SharedArrayBuffer(statsBytes));
        const each = regions.map((region) => modelStats(region));
        for (const [now, { thread, rows, us }] of all.entries())
          for (const stats of [each[thread]!, each[3]!]) {
            stats.ran(rows, us);
            stats.answered(timing, now);
          }
        const [sum, alone] = [sumStats(regions.slice(0, 3)), sumStats(regions.slice(3))];
        assert.deepEqual(sum.batches, alone.batches);
        assert.equal(sum.inferences, alone.inferences);
        assert.equal(sum.lastInference, alone.lastInference);
        assert.equal(sum.compute.quantile(0.5), alone.compute.quantile(0.5));
      }),
    );
  });

  it('keep a bound on the sizes that clients send', () => {
    const stats = modelStats();
    for (let rows = 1; rows <= 1_000; rows++) {
      stats.ran(rows, 1);
      stats.answered(timing, 1);
    }
    assert.equal(stats.batches.length, 32);
    assert.deepEqual(stats.batches[0], { rows: 1, calls: 1, inputUs: 2, inferUs: 1, outputUs: 4 });
    assert.equal(stats.compute.count, 1_000);
  });
});
