import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSkerryError } from '@skerry/kit';
import { manualClock } from '@skerry/kit/testing';
import { gate } from './gate.ts';

const isBusy = (error: unknown) => isSkerryError(error, 'Unavailable');

test('lets one through at a time, in the order in which they came', async () => {
  const turn = gate({ clock: manualClock(), maxWaiting: 10, maxWaitMs: 1000 });
  const order: number[] = [];
  await turn.enter();
  const others = [1, 2, 3].map(async (number) => {
    await turn.enter();
    order.push(number);
    turn.leave();
  });
  assert.deepEqual(order, []);
  turn.leave();
  await Promise.all(others);
  assert.deepEqual(order, [1, 2, 3]);
  await turn.enter();
});

test('too many are turned away at once', async () => {
  const turn = gate({ clock: manualClock(), maxWaiting: 1, maxWaitMs: 1000 });
  await turn.enter();
  const second = turn.enter();
  await assert.rejects(turn.enter(), isBusy);
  turn.leave();
  await second;
});

test('who waits too long is turned away, and takes nobody’s turn', async () => {
  const clock = manualClock();
  const turn = gate({ clock, maxWaiting: 10, maxWaitMs: 1000 });
  await turn.enter();
  const refused = assert.rejects(turn.enter(), isBusy);
  await clock.advance(1000);
  await refused;
  turn.leave();
  await turn.enter();
  turn.leave();
  assert.equal(clock.waiting, 0);
});
