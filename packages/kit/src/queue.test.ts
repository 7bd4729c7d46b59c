import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boundedQueue } from './queue.ts';

test('gives items in order, waits for them, and takes no more than it holds', async () => {
  const queue = boundedQueue<number>(2);
  assert.deepEqual([queue.push(1), queue.push(2), queue.push(3)], [true, true, false]);
  assert.equal(queue.size, 2);
  assert.deepEqual([await queue.pull(), await queue.pull()], [1, 2]);
  const waiting = queue.pull();
  queue.push(4);
  assert.equal(await waiting, 4);
});

test('once closed, takes nothing and gives what it has', async () => {
  const queue = boundedQueue<string>(9);
  queue.push('a');
  queue.push('b');
  queue.close();
  assert.equal(queue.push('c'), false);
  const seen: string[] = [];
  for await (const item of queue) seen.push(item);
  assert.deepEqual(seen, ['a', 'b']);
  assert.equal(await queue.pull(), undefined);
  const empty = boundedQueue<string>(1);
  const waiting = empty.pull();
  empty.close();
  assert.equal(await waiting, undefined);
});

test('a waiting pull ends with the reason of its signal, and the next goes on', async () => {
  const queue = boundedQueue<number>(1);
  const controller = new AbortController();
  const waiting = assert.rejects(queue.pull(controller.signal), /enough/);
  controller.abort(new Error('enough'));
  await waiting;
  queue.push(1);
  assert.equal(await queue.pull(), 1);
});

test('a second consumer is a mistake, and told so', async () => {
  const queue = boundedQueue<number>(1);
  const first = queue.pull();
  await assert.rejects(queue.pull(), { code: 'Internal' });
  queue.push(1);
  assert.equal(await first, 1);
});
