import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { withLock } from './lock.mjs';

test('a second holder waits until the first is done, also when that one fails', async () => {
  const name = randomUUID();
  const order = [];
  const release = Promise.withResolvers();
  const waiting = Promise.withResolvers();
  const first = withLock(name, async () => {
    order.push('first starts');
    await release.promise;
    order.push('first ends');
    throw new Error('it went wrong');
  });
  const second = withLock(name, async () => order.push('second'), waiting.resolve);
  await waiting.promise;
  release.resolve();
  await assert.rejects(first, /it went wrong/);
  await second;
  assert.deepEqual(order, ['first starts', 'first ends', 'second']);
});

test('different names do not wait for each other', async () => {
  const both = await withLock(randomUUID(), () => withLock(randomUUID(), async () => 'both'));
  assert.equal(both, 'both');
});
