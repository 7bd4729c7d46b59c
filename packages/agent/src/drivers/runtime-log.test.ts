import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock, memoryDisk } from '@skerry/kit/testing';
import { keepLogSmall, logPath } from './runtime-log.ts';

const MIB = 2 ** 20;
const path = logPath('state');

async function grown(bytes: number) {
  const disk = memoryDisk();
  const clock = manualClock();
  await disk.makeFolder('state/log');
  const log = Buffer.alloc(bytes, 'old ');
  log.write('the end', bytes - 7);
  await disk.writeAtomic(path, log);
  return { disk, clock };
}

for (const [what, free] of [
  ['a disk with room', 2 ** 40],
  ['a full disk', 0],
] as const)
  test(`on ${what} a log that has grown too large keeps its end`, async () => {
    const { disk, clock } = await grown(9 * MIB);
    disk.setFree(free);
    const stop = keepLogSmall({ disk, clock, stateFolder: 'state' });
    await clock.advance(60_000);
    stop();
    assert.equal((await disk.stat(path))?.size, 0);
    const kept = Buffer.from(await disk.read(`${path}.1`));
    assert.equal(kept.length, 2 * MIB);
    assert.ok(kept.toString().endsWith('the end'));
  });

test('a small one is left alone', async () => {
  const { disk, clock } = await grown(8 * MIB);
  const stop = keepLogSmall({ disk, clock, stateFolder: 'state' });
  await clock.advance(60_000);
  stop();
  assert.equal((await disk.stat(path))?.size, 8 * MIB);
  assert.equal(await disk.stat(`${path}.1`), undefined);
});
