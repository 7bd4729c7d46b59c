import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inTime, latencyMs, tally } from './arrivals.ts';

// Due every 10 ms and sent 1 ms late; the third has no answer, the fourth is refused.
const arrivals = {
  due: Float64Array.of(0, 10, 20, 30, 40),
  sent: Float64Array.of(1, 11, 21, 31, 41),
  answered: Float64Array.of(5, 31, 0, 33, 71),
  status: Uint16Array.of(200, 200, 0, 503, 200),
};

test('what is refused or not answered is dropped', () => {
  assert.deepEqual(tally(arrivals), { good: 3, dropped: 2 });
});

test('latencies are those of good answers, from the sending, within a time', () => {
  assert.equal(latencyMs(arrivals, 1), 30);
  assert.equal(latencyMs(arrivals, 0), 4);
  assert.equal(latencyMs(arrivals, 1, 0, 20), 20);
  assert.equal(latencyMs(arrivals, 1, 21, 40), Number.NaN);
});

test('in time is counted from when a request was due', () => {
  assert.equal(inTime(arrivals, 5), 1);
  assert.equal(inTime(arrivals, 30.5), 2);
  assert.equal(inTime(arrivals, 31), 3);
});
