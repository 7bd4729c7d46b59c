import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodePorts } from '@skerry/kit/node';
import { otherThread } from './other-thread.ts';
import { currentThreadId, lowerPriority, pinThread } from './pin.ts';
import { threadStatus } from './thread-status.ts';

const ports = nodePorts();
const linux = process.platform === 'linux';

test('a thread is pinned and put behind, and no other', { skip: !linux }, async (t) => {
  const before = threadStatus('self');
  const threadId = await otherThread(t);
  assert.notEqual(threadId, currentThreadId());
  const core = before.cores.at(-1)!;
  assert.deepEqual(await pinThread(ports, threadId, [core]), { done: true });
  assert.deepEqual(lowerPriority(threadId), { done: true });
  assert.deepEqual(threadStatus(threadId), { cores: [core], nice: 15 });
  assert.deepEqual(threadStatus('self'), before);
  assert.deepEqual(threadStatus(currentThreadId()!), before);
  assert.deepEqual(await pinThread(ports, threadId, before.cores), { done: true });
  assert.deepEqual(threadStatus(threadId).cores, before.cores);
});

test('what cannot be is said, and changes nothing', { skip: !linux }, async () => {
  const before = threadStatus('self');
  const placed = await pinThread(ports, currentThreadId(), [4095]);
  assert.equal(placed.done, false);
  assert.match(placed.reason, /failed to set pid \d+'s affinity/);
  assert.deepEqual(threadStatus('self'), before);
  const noProgram = {
    ...ports,
    processes: { ...ports.processes, spawn: () => Promise.reject(new Error('not installed')) },
  };
  assert.deepEqual(await pinThread(noProgram, 1, [0]), { done: false, reason: 'not installed' });
});

test('without a thread’s id nothing is placed, for a reason', async () => {
  for (const placed of [await pinThread(ports, undefined, [0]), lowerPriority(undefined)]) {
    assert.equal(placed.done, false);
    assert.match(placed.reason, /no way to place/);
  }
});
