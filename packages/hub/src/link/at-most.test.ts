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

test('what is heavier takes more of it, keeps its turn, and runs alone where it is more than all', async () => {
  const run = atMost(10);
  const begun: number[] = [];
  const ends = [6, 4, 25, 1, 9].map((weight) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const ended = run(() => {
      begun.push(weight);
      return promise;
    }, weight);
    return () => {
      resolve();
      return ended;
    };
  });
  await Promise.resolve();
  assert.deepEqual(begun, [6, 4]);
  await ends[1]!();
  assert.deepEqual([...begun, run.waiting], [6, 4, 3], 'the small one behind the large waits with it');
  await ends[0]!();
  assert.deepEqual(begun, [6, 4, 25]);
  await ends[2]!();
  assert.deepEqual(begun, [6, 4, 25, 1, 9]);
  await Promise.all([ends[3]!(), ends[4]!()]);
});
