import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { latestStart, PLANNED_SHARE, recentPatience } from './patience.ts';

const times = fc.record({
  since: fc.nat(1000),
  took: fc.nat(5000),
  patienceMs: fc.integer({ min: 1, max: 1000 }),
  headroomMs: fc.nat(5000),
});

test('a request that has just arrived always has time to be begun, and no more than its patience', () => {
  fc.assert(
    fc.property(times, ({ since, took, patienceMs, headroomMs }) => {
      const arrived = since + took;
      const start = latestStart({ since, arrived, patienceMs, headroomMs });
      const plannedMs = PLANNED_SHARE * patienceMs;
      assert.ok(start >= arrived + plannedMs / 4);
      assert.ok(start <= arrived + plannedMs);
    }),
  );
});

test('what the call takes and what it took to come is time that is gone', () => {
  assert.equal(latestStart({ since: 10, arrived: 30, patienceMs: 100, headroomMs: 5 }), 80);
  const never = { since: 0, arrived: 1, patienceMs: Number.POSITIVE_INFINITY, headroomMs: 5 };
  assert.equal(latestStart(never), Number.POSITIVE_INFINITY);
});

test('knows the longest patience of late', () => {
  const recent = recentPatience();
  assert.deepEqual(
    [recent(50), recent(20), recent(Number.POSITIVE_INFINITY)],
    [50, 50, Number.POSITIVE_INFINITY],
  );
  let last = 0;
  for (let i = 0; i < 64; i++) last = recent(30);
  assert.equal(last, 30);
});
