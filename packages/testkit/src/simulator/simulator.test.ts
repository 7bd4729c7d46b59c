import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runHistory } from './history.ts';

test('a seed gives the same history, step for step, every time', async () => {
  const plan = { seed: 1, days: 1, devices: 2 };
  const first = await runHistory(plan);
  const second = await runHistory(plan);
  assert.ok(first.promised > 100);
  assert.deepEqual([second.trace, second.steps], [first.trace, first.steps]);
});
