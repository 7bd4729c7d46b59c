import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deadlineSignal, withDeadline } from './deadline.ts';
import { manualClock } from './testing/manual-clock.ts';

test('a promise in time is itself, and leaves no timer', async () => {
  const clock = manualClock();
  assert.equal(await withDeadline(Promise.resolve(1), 100, clock, 'one'), 1);
  await assert.rejects(withDeadline(Promise.reject(new Error('own')), 100, clock, 'one'), /own/);
  assert.equal(clock.waiting, 0);
});

test('a promise that is late is DeadlineExceeded, with what took so long', async () => {
  const clock = manualClock();
  const late = assert.rejects(withDeadline(new Promise(() => {}), 100, clock, 'asking the hub'), {
    code: 'DeadlineExceeded',
    message: 'asking the hub took longer than 100 ms',
  });
  await clock.advance(100);
  await late;
});

test('a signal aborts at its deadline, or with its parent, and not once stopped', async () => {
  const clock = manualClock();
  const alone = deadlineSignal(100, clock, 'pulling');
  const parent = new AbortController();
  const child = deadlineSignal(1_000, clock, 'pulling', parent.signal);
  const stopped = deadlineSignal(100, clock, 'pulling', parent.signal);
  stopped.stop();
  await clock.advance(100);
  assert.equal(alone.signal.reason.code, 'DeadlineExceeded');
  assert.equal(child.signal.aborted, false);
  parent.abort(new Error('stopping'));
  assert.match(String(child.signal.reason), /stopping/);
  assert.equal(stopped.signal.aborted, false);
  assert.match(String(deadlineSignal(1, clock, 'x', parent.signal).signal.reason), /stopping/);
});
