import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultTtls, type Event } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import { manualClock, memoryDisk, seededRandom } from '@skerry/kit/testing';
import { failure } from '../errors.ts';
import { nodeBootTime } from './node-boot-time.ts';
import { openOutbox } from './outbox.ts';

test('a runtime starts, and takes messages, though the disk does not say how much waits', async () => {
  const clock = manualClock();
  const disk = memoryDisk();
  await disk.makeFolder('/outbox/agent/event');
  const { list } = disk;
  disk.list = (folder) =>
    folder.startsWith('/outbox/agent/')
      ? Promise.reject(failure('StorageFailed', `listing ${folder} failed: EIO`))
      : list(folder);
  const random = seededRandom(1);
  const boot = await nodeBootTime(disk, clock, random, true);
  const options = { disk, clock, random, boot, logger: silentLogger, root: '/outbox' };
  const outbox = await openOutbox({ ...options, quota: 2 ** 21, ttls: defaultTtls });
  await outbox.append('result', { id: '1' } as Event);
  assert.notEqual((await list('/outbox/runtime/result')).length, 0);
  await outbox.close();
});
