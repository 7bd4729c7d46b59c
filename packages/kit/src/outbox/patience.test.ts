import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Disk } from '../ports/disk.ts';
import { silentLogger } from '../ports/logger.ts';
import { storageError } from '../ports/storage-error.ts';
import { type ManualClock, manualClock } from '../testing/manual-clock.ts';
import { type MemoryDisk, memoryDisk } from '../testing/memory-disk.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import { openOutboxProducer } from './producer.ts';
import { openOutboxReader } from './reader.ts';

const MINUTE = 60_000;
const FOLDER = '/outbox/runtime';

const openWriter = (disk: Disk, clock: ManualClock, limit: number, names = ['alarm']) =>
  openOutboxProducer({
    disk,
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    folder: FOLDER,
    limit,
    streams: names.map((name) => ({ name, ttlMs: Infinity })),
    time: { bootId: 'b', sinceBoot: clock.monotonic, hubTime: () => undefined },
  });

/** A disk of which reads of files that end so fail while `from` is set, where they touch what lies behind it. */
function flickering(disk: MemoryDisk, ending: string) {
  const fault: { from: number | undefined } = { from: undefined };
  const check = (path: string, end: number) => {
    if (fault.from !== undefined && path.endsWith(ending) && end > fault.from)
      throw storageError('StorageFailed', 'reading', path);
  };
  const flicker: Disk = {
    ...disk,
    async readIfThere(path) {
      check(path, Infinity);
      return disk.readIfThere(path);
    },
    async openRead(path) {
      const file = await disk.openRead(path);
      return {
        ...file,
        async read(position, length) {
          check(path, position + length);
          return file.read(position, length);
        },
      };
    },
  };
  return { disk: flicker, fault };
}

/** A stream of messages of a kilobyte each, and a reader whose disk flickers. */
async function openStream(count: number, limit = 2 ** 28) {
  const clock = manualClock();
  const disk = memoryDisk();
  await disk.makeFolder('/outbox');
  const writer = await openWriter(disk, clock, limit);
  const add = async (more: number) => {
    for (let index = 0; index < more; index++) await writer.append('alarm', 'x'.repeat(1000));
  };
  await add(count);
  const { disk: flicker, fault } = flickering(disk, '00001.seg');
  const reader = openOutboxReader({ disk: flicker, clock, folder: `${FOLDER}/alarm` });
  const told: string[] = [];
  let next = 1;
  const read = async (maxBytes = 320 * 1024) => {
    const batch = await reader.read(next, maxBytes);
    for (const { first, last, reason } of batch.gaps) told.push(`${first}-${last} ${reason}`);
    next = batch.next;
  };
  return {
    clock,
    disk,
    writer,
    add,
    fault,
    told,
    read,
    get next() {
      return next;
    },
    /** For a moment nothing can be read. */
    async fail() {
      fault.from = 0;
      await read().catch(() => {});
      fault.from = undefined;
      await clock.advance(10_000);
    },
    async readUpTo(number: number) {
      for (let times = 0; times < 60 && next < number; times++) await read();
      assert.equal(next, number);
    },
  };
}

test('failures of a moment, an hour apart, cost nothing where all was read in between', async () => {
  const stream = await openStream(5, 16 * 2 ** 20);
  await stream.read();
  await stream.add(3_000);
  await stream.fail();
  await stream.read();
  await stream.read();
  await stream.clock.advance(61 * MINUTE);
  await stream.fail();
  await stream.readUpTo(3_006);
  assert.deepEqual(stream.told, []);
});

test('a failure of a moment in a file of which a page was given up costs nothing', async () => {
  const stream = await openStream(3_000);
  const picks = [0.99, 0.01];
  assert.ok(stream.disk.killPage(`${FOLDER}/alarm`, () => picks.shift()!));
  for (let times = 0; times < 6; times++) {
    await assert.rejects(stream.read());
    await stream.clock.advance(10 * MINUTE);
  }
  for (let times = 0; times < 4; times++) await stream.read();
  const lost = [...stream.told];
  assert.equal(lost.length, 1, 'the page that died');
  await stream.fail();
  await stream.readUpTo(3_001);
  assert.deepEqual(stream.told, lost);
});

test('what a disk answers again after more than an hour is read, though it was given up', async () => {
  const stream = await openStream(20);
  await stream.read(7_000);
  stream.fault.from = 3 * 4096;
  for (let waited = 0; waited <= 70; waited += 5) {
    await stream.read().catch(() => {});
    await stream.clock.advance(5 * MINUTE);
  }
  stream.fault.from = undefined;
  await stream.readUpTo(21);
  assert.deepEqual(stream.told, []);
});

test('notices that were read since they could not be are no more given up', async () => {
  const clock = manualClock();
  const disk = memoryDisk();
  await disk.makeFolder('/outbox');
  const { disk: flicker, fault } = flickering(disk, 'dropped.json');
  const writer = await openWriter(flicker, clock, 256 * 1024);
  const add = async (count: number) => {
    for (let index = 0; index < count; index++)
      await writer.append('alarm', 'x'.repeat(1000)).catch(() => {});
  };
  await add(400);
  for (let times = 0; times < 2; times++) {
    fault.from = 0;
    await add(30);
    fault.from = undefined;
    await add(300);
    await clock.advance(30 * MINUTE);
  }
  const reader = openOutboxReader({ disk, clock, folder: `${FOLDER}/alarm` });
  const { gaps } = await reader.read(1, 1e6);
  assert.deepEqual(
    gaps.map(({ reason }) => reason),
    ['quota'],
  );
});

test('on a disk that others filled alarms take the room of logs, as long as there are some', async () => {
  const clock = manualClock();
  const disk = memoryDisk();
  await disk.makeFolder('/outbox');
  const writer = await openWriter(disk, clock, 4 * 2 ** 20, ['alarm', 'log']);
  for (let index = 0; index < 2_500; index++) await writer.append('log', 'x'.repeat(1000));
  disk.setFree(0);
  for (let index = 0; index < 1_500; index++) await writer.append('alarm', 'x'.repeat(1000));
  assert.ok(disk.bytesIn(`${FOLDER}/alarm`) > 1_500_000, 'none was refused, and none given up');
  await writer.close();
});

test('streams that make room at once leave the reserve where it was', async () => {
  const clock = manualClock();
  const disk = memoryDisk();
  await disk.makeFolder('/outbox');
  const turns = async (count: number) => {
    for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  const slow: Disk = {
    ...disk,
    async writeAtomic(path, bytes, options) {
      await turns(1);
      await disk.writeAtomic(path, bytes, options);
      await turns(3);
    },
    async remove(path) {
      await turns(1);
      await disk.remove(path);
      await turns(1);
    },
  };
  const writer = await openWriter(slow, clock, 4 * 2 ** 20, ['alarm', 'result', 'log']);
  for (let index = 0; index < 2_500; index++) await writer.append('log', 'x'.repeat(1000));
  disk.setFree(0);
  for (let round = 0; round < 200; round++) {
    await Promise.all(['alarm', 'result'].map((name) => writer.append(name, 'x'.repeat(1000))));
    assert.ok(await disk.stat(`${FOLDER}/reserve`), `round ${round}`);
  }
  await writer.close();
});
