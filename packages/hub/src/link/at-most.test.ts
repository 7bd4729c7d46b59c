import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atMost } from './at-most.ts';

test('no more runs at a time, the rest in order, and a failure gives its place on', async () => {
  const run = atMost(2);
  const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
  const begun: number[] = [];
  const all = gates.map((gate, i) =>
    run(() => {
      begun.push(i);
      return gate.promise;
    }),
  );
  const settled = Promise.allSettled(all);
  await Promise.resolve();
  assert.deepEqual([...begun, run.waiting], [0, 1, 2]);
  gates[1]!.reject(new Error('no'));
  await assert.rejects(all[1]!);
  assert.deepEqual(begun, [0, 1, 2]);
  for (const gate of gates) gate.resolve();
  const ends = (await settled).map(({ status }) => status);
  assert.deepEqual(ends, ['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  assert.deepEqual(begun, [0, 1, 2, 3]);
});
