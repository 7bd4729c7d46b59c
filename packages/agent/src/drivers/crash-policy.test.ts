import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { afterDeath, healthyMs, isCrashLoop, noCrashes, restartDelay } from './crash-policy.ts';

test('the first restart comes at once, the next ones later and later', () => {
  let crashes = noCrashes;
  const delays: number[] = [];
  for (let death = 0; death < 12; death++) {
    crashes = afterDeath(crashes, 1_000);
    delays.push(restartDelay(crashes, 0.999));
  }
  assert.equal(delays[0], 0);
  assert.deepEqual(
    delays,
    delays.toSorted((a, b) => a - b),
  );
  assert.ok(delays.at(-1)! <= 60_000);
});

test('three short lives in a row are a crash loop, until one is healthy', () => {
  const twice = afterDeath(afterDeath(noCrashes, 10), 10);
  assert.equal(isCrashLoop(twice, undefined), false);
  const thrice = afterDeath(twice, 10);
  assert.equal(isCrashLoop(thrice, undefined), true);
  assert.equal(isCrashLoop(thrice, 10), true);
  assert.equal(isCrashLoop(thrice, healthyMs), false);
  assert.equal(restartDelay(afterDeath(thrice, healthyMs), 0.5), 0);
});

test('a pause is never negative and never over the cap', () => {
  fc.assert(
    fc.property(
      fc.nat(10_000),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (streak, random) => {
        const delay = restartDelay({ streak }, random);
        assert.ok(delay >= 0 && delay <= 60_000);
      },
    ),
  );
});
