import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock, memoryDisk, seededRandom } from '@skerry/kit/testing';
import { nodeBootTime } from './node-boot-time.ts';

test('the hub’s time goes on from when it was told, whatever becomes of the machine’s clock', async () => {
  const clock = manualClock();
  const boot = await nodeBootTime(memoryDisk(), clock, seededRandom(1), false);
  assert.equal(boot.hubTime(), undefined);
  boot.tell(true);
  assert.deepEqual([boot.timeKnown, boot.hubTime()], [true, undefined], 'an older agent tells no more');
  boot.tell(true, 5_000);
  await clock.advance(1_000);
  clock.setNow(0);
  assert.equal(boot.hubTime(), 6_000);
  boot.tell(false);
  assert.deepEqual(
    [boot.timeKnown, boot.hubTime()],
    [true, 6_000],
    'a new agent knows less than this process',
  );
});
