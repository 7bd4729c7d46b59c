import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { backoffDelay, retry } from './backoff.ts';
import { manualClock } from './testing/manual-clock.ts';
import { seededRandom } from './testing/seeded-random.ts';

const bounds = { baseMs: 100, capMs: 5_000 };

test('waits longer and longer, jittered from nothing to the bound, never over the cap', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000 }), fc.nat(), (attempt, seed) => {
      const delay = backoffDelay(bounds, attempt, seededRandom(seed));
      assert.ok(delay >= 0 && delay < Math.min(5_000, 100 * 2 ** (attempt - 1)));
    }),
  );
  const most = { number: () => 0.999_999 };
  assert.deepEqual(
    [1, 2, 3, 7, 100].map((attempt) => backoffDelay(bounds, attempt, most)),
    [99, 199, 399, 4_999, 4_999],
  );
});

function attempts(failures: number) {
  const clock = manualClock();
  let tries = 0;
  const op = async () => {
    tries++;
    if (tries <= failures) throw new Error(`try ${tries}`);
    return 'done';
  };
  const options = { ...bounds, clock, random: { number: () => 0.5 }, attempts: 5 };
  return { clock, op, options, tries: () => tries };
}

test('tries again until it works', async () => {
  const { clock, op, options, tries } = attempts(3);
  const result = retry(op, options);
  await clock.advance(60_000);
  assert.equal(await result, 'done');
  assert.equal(tries(), 4);
});

test('gives up with the last error: after so many, for what cannot get better, and when told to', async () => {
  const many = attempts(9);
  const result = assert.rejects(retry(many.op, many.options), /try 5/);
  await many.clock.advance(60_000);
  await result;

  const hopeless = attempts(9);
  await assert.rejects(retry(hopeless.op, { ...hopeless.options, worthRetrying: () => false }), /try 1/);

  const controller = new AbortController();
  const stopped = attempts(9);
  const stopping = assert.rejects(
    retry(stopped.op, { ...stopped.options, signal: controller.signal }),
    /enough/,
  );
  await stopped.clock.advance(1);
  controller.abort(new Error('enough'));
  await stopping;
  assert.equal(stopped.clock.waiting, 0);
});
