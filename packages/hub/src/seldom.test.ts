import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '@skerry/kit/testing';
import { seldom } from './seldom.ts';

test('a key is news once within the time, and again after it', async () => {
  const clock = manualClock();
  const isNews = seldom(clock, 60_000);
  assert.deepEqual([isNews('a'), isNews('a'), isNews('b')], [true, false, true]);
  await clock.advance(59_999);
  assert.equal(isNews('a'), false);
  await clock.advance(1);
  assert.equal(isNews('a'), true);
});

test('a wall clock that jumps changes nothing', () => {
  const clock = manualClock();
  const isNews = seldom(clock, 60_000);
  isNews('a');
  clock.setNow(0);
  assert.equal(isNews('a'), false);
  clock.setNow(4e12);
  assert.equal(isNews('a'), false);
});

test('it remembers no more keys than it may', () => {
  const isNews = seldom(manualClock(), 60_000, 2);
  for (const key of ['a', 'b', 'c']) assert.equal(isNews(key), true);
  assert.deepEqual([isNews('c'), isNews('a')], [false, true]);
});
