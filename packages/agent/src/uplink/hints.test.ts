import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '@skerry/kit/testing';
import { hints, lookout } from './hints.ts';

test('a look that is under way at the end leaves nothing behind', async () => {
  const clock = manualClock();
  const { promise: changed, resolve: sayChanged } = Promise.withResolvers<boolean>();
  const answers = [Promise.resolve(false), changed];
  const reader = { hasChanged: () => answers.shift()!, watch: () => () => {} };
  const out = lookout({ clock, reader, hints: hints(), onHint() {} });
  await out.look();
  const looking = out.look();
  await clock.advance(0);
  const closed = out.close();
  sayChanged(true);
  await Promise.all([looking, closed]);
  assert.equal(clock.waiting, 0);
});

test('a hint that comes late counts, also where somebody has looked again meanwhile', async () => {
  const clock = manualClock();
  const its = hints();
  const answers = [false, true, false];
  let hint = () => {};
  const watch = (onData: () => void) => {
    hint = onData;
    return () => {};
  };
  const out = lookout({
    clock,
    reader: { hasChanged: async () => answers.shift()!, watch },
    hints: its,
    onHint() {},
  });
  await out.look();
  await out.look();
  hint();
  await out.look();
  await clock.advance(10_000);
  assert.equal(its.work, true);
  await out.close();
});
