import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '@skerry/kit/testing';
import { drainPace } from './drain-pace.ts';

const open = () => {
  const clock = manualClock();
  const pace = drainPace(clock, { firstGuess: 1_000, measured: 100 });
  /** So many times a hundred, each in so many ms. */
  const measure = async (times: number, ms: number) => {
    pace.took(100, true);
    for (let time = 0; time < times; time++) {
      await clock.advance(ms);
      pace.took(100, true);
    }
  };
  return { pace, measure };
};

test('it is what was measured, once that was often enough', async () => {
  const { pace, measure } = open();
  assert.equal(pace.msFor(10), 10);
  await measure(100, 400);
  assert.ok(Math.abs(pace.msFor(10) - 40) < 1, `${pace.msFor(10)}`);
  await measure(20, 50);
  assert.ok(Math.abs(pace.msFor(10) - 5) < 1, `${pace.msFor(10)}`);
});

test('a slow moment tells nobody to come much later', async () => {
  const { pace, measure } = open();
  await measure(2, 400);
  assert.ok(pace.msFor(10) < 17, `${pace.msFor(10)}`);
});

test('while there are places left, a pace that seemed slow is forgotten', async () => {
  const { pace, measure } = open();
  await measure(100, 400);
  for (let device = 0; device < 300; device++) pace.took(100, false);
  assert.ok(pace.msFor(10) < 11, `${pace.msFor(10)}`);
  await measure(20, 50);
  for (let device = 0; device < 300; device++) pace.took(100, false);
  assert.ok(pace.msFor(10) < 6, 'one that is quicker than the guess is kept');
});
