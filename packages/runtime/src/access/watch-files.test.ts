import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { manualClock, memoryDisk, recordingLogger } from '@skerry/kit/testing';
import { until } from '../until.ts';
import { watchFiles } from './watch-files.ts';

async function open(t: TestContext) {
  const [disk, clock, logger] = [memoryDisk(), manualClock(), recordingLogger()];
  await disk.makeFolder('/f');
  await disk.writeAtomic('/f/a', '1');
  let reads = 0;
  const read = (text: string) => {
    reads++;
    if (text === 'broken') throw new Error('it is broken');
    return Number(text);
  };
  const watched = await watchFiles({ disk, clock, logger, paths: ['/f/a'], read, what: 'the file' });
  t.after(() => watched.stop());
  const changes: number[] = [];
  watched.onChange((value) => changes.push(value));
  const poll = () => clock.advance(2_000);
  return { disk, watched, changes, poll, logger, reads: () => reads };
}

it('takes a change within seconds, and tells of it', async (t) => {
  const { disk, watched, changes, poll } = await open(t);
  assert.equal(watched.value, 1);
  await disk.writeAtomic('/f/a', '2');
  await poll();
  await until(() => watched.value === 2);
  assert.deepEqual(changes, [2]);
});

it('what is broken, or gone, changes nothing, and is said once', async (t) => {
  const { disk, watched, changes, poll, logger } = await open(t);
  const complaints = () => logger.lines.filter(({ level }) => level === 'error').length;
  await disk.writeAtomic('/f/a', 'broken');
  await poll();
  await until(() => complaints() === 1);
  await disk.remove('/f/a');
  await poll();
  await until(() => complaints() === 2);
  await poll();
  await poll();
  assert.deepEqual([watched.value, complaints()], [1, 2]);
  await disk.writeAtomic('/f/a', '3');
  await poll();
  await until(() => watched.value === 3);
  assert.deepEqual(changes, [3]);
});

it('does nothing while nothing changes', async (t) => {
  const { poll, reads } = await open(t);
  for (let round = 0; round < 5; round++) await poll();
  assert.equal(reads(), 1);
});

it('begins with something else where that is given, until what is broken is mended', async (t) => {
  const [disk, clock, logger] = [memoryDisk(), manualClock(), recordingLogger()];
  const options = { disk, clock, logger, paths: ['/a'], read: Number, what: 'the file', instead: 7 };
  const watched = await watchFiles(options);
  t.after(() => watched.stop());
  assert.equal(watched.value, 7);
  assert.equal(logger.lines.filter(({ level }) => level === 'error').length, 1);
  await disk.writeAtomic('/a', '8');
  await clock.advance(2_000);
  await until(() => watched.value === 8);
});

it('is not opened with what is broken from the start', async () => {
  const [disk, clock, logger] = [memoryDisk(), manualClock(), recordingLogger()];
  const read = () => assert.fail('it is read');
  await assert.rejects(watchFiles({ disk, clock, logger, paths: ['/none'], read, what: 'x' }), {
    code: 'FileNotFound',
  });
});
