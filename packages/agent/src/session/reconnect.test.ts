import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@skerry/kit/testing';
import { reconnectDelay } from './reconnect.ts';

test('the first tries follow within a second, later ones grow to a minute', () => {
  for (const failures of [1, 3, 5]) assert.ok(reconnectDelay(failures, 0.999) < 1_000);
  assert.deepEqual(
    [6, 8, 10, 100].map((failures) => [reconnectDelay(failures, 0), reconnectDelay(failures, 1)]),
    [
      [1_000, 2_000],
      [4_000, 8_000],
      [16_000, 32_000],
      [30_000, 60_000],
    ],
  );
});

test('ten thousand devices that tried in vain for an hour come back spread over a minute', () => {
  const random = seededRandom(7);
  const hour = 3_600_000;
  const perSecond = new Map<number, number>();
  for (let device = 0; device < 10_000; device++) {
    let at = 0;
    for (let failures = 1; at < hour; failures++) at += reconnectDelay(failures, random.number());
    const second = Math.floor((at - hour) / 1_000);
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
  }
  assert.ok(Math.max(...perSecond.keys()) < 60);
  assert.ok(Math.max(...perSecond.values()) < 290, `${Math.max(...perSecond.values())} in a second`);
});
