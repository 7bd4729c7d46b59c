import assert from 'node:assert/strict';
import { test } from 'node:test';
import { soonest } from './soonest.ts';
import { manualClock } from './testing/manual-clock.ts';

const open = () => {
  const clock = manualClock(0);
  const at: number[] = [];
  return { clock, at, look: soonest(clock, () => at.push(clock.monotonic())) };
};

test('it happens once, at the earliest moment that was asked for', async () => {
  const { clock, at, look } = open();
  for (const ms of [500, 200, 900]) look.within(ms);
  await clock.advance(2_000);
  assert.deepEqual(at, [200]);
  look.within(300);
  await clock.advance(2_000);
  assert.deepEqual(at, [200, 2_300]);
});

test('it does not happen once it was stopped', async () => {
  const { clock, at, look } = open();
  look.within(100);
  look.stop();
  await clock.advance(1_000);
  assert.deepEqual(at, []);
});
