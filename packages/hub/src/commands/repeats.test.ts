import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '@skerry/kit/testing';
import { repeats } from './repeats.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

test('what is not answered is sent again soon, then ever more seldom, every quarter of an hour at last', async () => {
  const clock = manualClock();
  const unanswered = repeats(clock);
  const sentAt: number[] = [];
  for (let now = 0; now <= 24 * HOUR; now += 10 * SECOND) {
    if (unanswered.isDue('a')) {
      sentAt.push(now / SECOND);
      unanswered.sent('a');
    }
    await clock.advance(10 * SECOND);
  }
  assert.deepEqual(sentAt.slice(0, 6), [0, 30, 90, 210, 450, 930]);
  assert.ok(sentAt.length < 24 * 4 + 8, `${sentAt.length} times in a day`);
  assert.ok(sentAt.length > 24 * 4 - 4);
});

test('what is settled is forgotten, and each has pauses of its own', async () => {
  const clock = manualClock();
  const unanswered = repeats(clock);
  for (const id of ['a', 'b']) unanswered.sent(id);
  await clock.advance(20 * SECOND);
  unanswered.keep(new Set(['b']));
  assert.deepEqual([unanswered.isDue('a'), unanswered.isDue('b')], [true, false]);
  await clock.advance(10 * SECOND);
  assert.ok(unanswered.isDue('b'));
});
