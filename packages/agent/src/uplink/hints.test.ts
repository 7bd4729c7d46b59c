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
