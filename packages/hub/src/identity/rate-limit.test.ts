import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '@skerry/kit/testing';
import { rateLimit } from './rate-limit.ts';

test('each key has its share of a minute, and a new one in the next', async () => {
  const clock = manualClock();
  const may = rateLimit(clock, 2);
  assert.deepEqual([may('a'), may('a'), may('a'), may('b')], [true, true, false, true]);
  await clock.advance(60_000);
  assert.equal(may('a'), true);
});
