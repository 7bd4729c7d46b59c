import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordingLogger } from '@skerry/kit/testing';
import { deviceQueue } from './device-queue.ts';

const open = (more: { maxPerDevice?: number; maxBytes?: number } = {}) => {
  const logger = recordingLogger();
  return { logger, queue: deviceQueue({ logger, maxPerDevice: 3, maxBytes: 100, ...more }) };
};
const held = () => Promise.withResolvers<void>();

test('the work of one device is done in order, that of several side by side', async () => {
  const { queue } = open();
  const done: string[] = [];
  const gate = held();
  queue.add('a', 1, async () => {
    await gate.promise;
    done.push('a1');
  });
  queue.add('a', 1, async () => void done.push('a2'));
  const other = held();
  queue.add('b', 1, async () => {
    done.push('b1');
    other.resolve();
  });
  await other.promise;
  gate.resolve();
  await queue.close();
  assert.deepEqual(done, ['b1', 'a1', 'a2']);
});

test('what is over a device’s bound, or over all bytes, is not taken, until there is room again', async () => {
  const { queue } = open();
  const gate = held();
  const wait = () => gate.promise;
  assert.deepEqual(
    [1, 2, 3, 4].map(() => queue.add('a', 10, wait)),
    [true, true, true, false],
  );
  assert.deepEqual(
    [queue.add('b', 71, wait), queue.add('b', 70, wait), queue.add('c', 1, wait)],
    [false, true, false],
  );
  assert.equal(queue.add('a', 0, wait), true, 'work without bytes is always taken');
  const last = held();
  queue.add('a', 0, async () => last.resolve());
  gate.resolve();
  await last.promise;
  const room = held();
  assert.equal(
    queue.add('a', 10, async () => room.resolve()),
    true,
  );
  await room.promise;
});

test('work that fails is logged, and what follows is done', async () => {
  const { queue, logger } = open();
  let done = false;
  queue.add('a', 1, async () => {
    throw new Error('no');
  });
  queue.add('a', 1, async () => {
    done = true;
  });
  await queue.close();
  assert.equal(done, true);
  assert.deepEqual(
    logger.lines.map(({ level }) => level),
    ['error'],
  );
});

test('closed, it finishes what was taken and takes nothing more', async () => {
  const { queue } = open();
  let done = false;
  queue.add('a', 1, async () => {
    done = true;
  });
  const closed = queue.close();
  assert.equal(
    queue.add('a', 0, async () => {}),
    false,
  );
  await closed;
  assert.equal(done, true);
});
