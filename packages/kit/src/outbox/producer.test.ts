import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../ports/logger.ts';
import { storageError } from '../ports/storage-error.ts';
import { manualClock } from '../testing/manual-clock.ts';
import { type MemoryDisk, memoryDisk } from '../testing/memory-disk.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import { outboxShares, segmentBytesFor } from './outbox.ts';
import { openOutboxProducer } from './producer.ts';
import { openOutboxReader } from './reader.ts';
import { assertWithin } from './testing/ledger.ts';

const FOLDER = '/outbox/runtime';
const LIMIT = 256 * 1024;
const DAY_MS = 86_400_000;
const KIB = 'x'.repeat(1024);
const streams = [
  { name: 'alarm', ttlMs: Infinity },
  { name: 'result', ttlMs: 180 * DAY_MS },
  { name: 'log', ttlMs: 14 * DAY_MS },
] as const;

function world(disk: MemoryDisk = memoryDisk()) {
  const clock = manualClock();
  let hubTime: number | undefined;
  let life = 0;
  const open = (limit = LIMIT) => {
    const bootId = `boot ${++life}`;
    const began = clock.monotonic();
    return openOutboxProducer({
      disk,
      clock,
      random: seededRandom(1),
      logger: silentLogger,
      folder: FOLDER,
      limit,
      streams,
      time: { bootId, sinceBoot: () => clock.monotonic() - began, hubTime: () => hubTime },
    });
  };
  /** Numbers that can be read of a stream, and those that are told as gone. */
  const look = async (stream: string) => {
    const reader = openOutboxReader({ clock, disk, folder: `${FOLDER}/${stream}` });
    const found = { held: [] as number[], gone: [] as string[] };
    for (let at = (await reader.range())?.first ?? 1; ; ) {
      const { records, gaps, next } = await reader.read(at, 1e6);
      found.held.push(...records.map(({ number }) => number));
      found.gone.push(...gaps.map(({ first, last, reason }) => `${first}-${last} ${reason}`));
      if (next === at) return found;
      at = next;
    }
  };
  return {
    disk,
    clock,
    open,
    look,
    tellHubTime: (ms: number | undefined) => {
      hubTime = ms;
    },
  };
}

const isFull = { code: 'OutboxFull' };

test('what is urgent takes the room of what is less so, the oldest first, and never the other way about', async () => {
  const { disk, open, look } = world();
  const outbox = await open();
  for (let count = 0; count < 200; count++) await outbox.append('log', KIB);
  assert.deepEqual((await look('log')).gone, [], 'so much has room');
  for (let count = 0; count < 150; count++) await outbox.append('result', KIB);
  const logs = await look('log');
  const [gone] = logs.gone;
  assert.match(gone!, /^1-\d+ quota$/);
  assert.equal(logs.held.at(-1), 200, 'the newest stay');
  assert.equal((await look('result')).held.length, 150);
  for (let count = 0; count < 250; count++) await outbox.append('alarm', KIB);
  assert.deepEqual((await look('log')).held, []);
  assert.deepEqual((await look('log')).gone, ['1-200 quota']);
  assert.deepEqual((await look('result')).gone, ['1-150 quota']);
  assert.match(
    (await look('alarm')).gone[0]!,
    /^1-\d+ quota$/,
    'in the end an alarm takes the place of older ones',
  );
  await assert.rejects(outbox.append('log', KIB.repeat(20)), isFull);
  await assert.rejects(outbox.append('result', KIB.repeat(20)), isFull);
  await assertWithin(disk, FOLDER, LIMIT);
  const counts = Object.fromEntries(outbox.drops().map(({ stream, count }) => [stream, count]));
  assert.deepEqual([counts.log, counts.result], [200, 150]);
});

test('what was given up keeps its numbers over restarts', async () => {
  const { open, look } = world();
  const outbox = await open();
  for (let count = 0; count < 20; count++) await outbox.append('log', KIB);
  for (let count = 0; count < 250; count++) await outbox.append('alarm', KIB);
  await outbox.close();
  const again = await open(2 * LIMIT);
  assert.equal(await again.append('log', 'after'), 21);
  assert.deepEqual(await look('log'), { held: [21], gone: ['1-20 quota'] });
});

test('the log goes first, and gives its whole room before a result goes', async () => {
  const { open, look } = world();
  const outbox = await open();
  for (let count = 0; count < 100; count++) await outbox.append('result', KIB);
  for (let count = 0; count < 400; count++) await outbox.append('log', KIB);
  assert.equal((await look('result')).held.length, 100, 'a log takes the place of older logs alone');
  assert.equal((await look('log')).held.at(-1), 400);
});

test('a smaller quota is kept to from the start on', async () => {
  const { disk, open } = world();
  const outbox = await open();
  for (let count = 0; count < 200; count++) await outbox.append('log', KIB);
  await outbox.close();
  const smaller = await open(LIMIT / 2);
  await assertWithin(disk, FOLDER, LIMIT / 2);
  assert.equal(await smaller.append('log', KIB), 201);
});

test('what has waited for longer than it may is given up, as far as that is known', async () => {
  const { clock, open, look, tellHubTime } = world();
  let outbox = await open();
  await outbox.append('log', 'old');
  await outbox.append('alarm', 'old');
  await clock.advance(10 * DAY_MS);
  await outbox.append('log', 'young');
  await clock.advance(5 * DAY_MS);
  assert.deepEqual(await look('log'), { held: [2], gone: ['1-1 expired'] });
  tellHubTime(1e12);
  await outbox.close();
  // Off for a month: it is not counted before the hub says so.
  tellHubTime(undefined);
  outbox = await open();
  await clock.advance(DAY_MS);
  assert.deepEqual((await look('log')).held, [2]);
  tellHubTime(1e12 + 31 * DAY_MS);
  await clock.advance(DAY_MS / 24);
  assert.deepEqual(await look('log'), { held: [], gone: ['1-2 expired'] });
  assert.deepEqual(await look('alarm'), { held: [1], gone: [] });
});

test('on a disk that others filled an alarm takes the room of logs, and a log is refused', async () => {
  const { disk, open, look } = world();
  const outbox = await open();
  for (let count = 0; count < 60; count++) await outbox.append('log', KIB);
  disk.setFree(0);
  await assert.rejects(outbox.append('log', KIB), isFull);
  assert.equal(await outbox.append('alarm', KIB), 1);
  assert.equal(await outbox.append('alarm', KIB), 2);
  const logs = await look('log');
  assert.match(logs.gone[0]!, /^1-\d+ quota$/);
  assert.equal(logs.held.at(-1), 60);
});

test('a wall clock that jumps changes nothing', async () => {
  const { clock, open, look } = world();
  const outbox = await open();
  await outbox.append('log', 'a');
  clock.setNow(Date.UTC(2031, 0, 1));
  await clock.advance(DAY_MS);
  clock.setNow(0);
  await clock.advance(DAY_MS);
  await outbox.append('log', 'b');
  assert.deepEqual(await look('log'), { held: [1, 2], gone: [] });
});

test('the parts of a quota are never more than the whole, and segments are small where it is', () => {
  for (const quota of [2 ** 21, 2 ** 24 + 1, 2 ** 29, 2 ** 40]) {
    const { agent, runtime } = outboxShares(quota);
    assert.equal(agent + runtime, quota);
    assert.ok(agent > 2 ** 17 && runtime > agent);
  }
  assert.equal(segmentBytesFor(2 ** 40), 8 * 2 ** 20);
  assert.equal(segmentBytesFor(2 ** 24), 2 ** 20);
  assert.equal(segmentBytesFor(1), 2 ** 14);
});

test('who has room and nothing that could have expired leaves the disk alone', async () => {
  const disk = memoryDisk();
  const asked: string[] = [];
  const counting = new Proxy(disk, {
    get(_target, name: keyof MemoryDisk) {
      const op = disk[name] as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        asked.push(`${name} ${args[0]}`);
        return op(...args);
      };
    },
  });
  const { clock, open } = world(counting);
  const producer = await open();
  for (const { name } of streams) await producer.append(name, KIB);
  await clock.advance(DAY_MS / 4);
  asked.length = 0;
  await clock.advance(DAY_MS / 2);
  const looks = asked.filter((it) => it.startsWith('openRead'));
  assert.ok(looks.length <= 12 * streams.length, 'each last message is looked at once an hour');
  const others = asked.filter((it) => !it.startsWith('openRead'));
  assert.deepEqual(new Set(others), new Set([`writeAtomic ${FOLDER}/elapsed.json`]));
  assert.ok(others.length <= 2, `${others.length} writes in half a day`);
  await producer.close();
});

test('a stream that cannot be read makes room for a more urgent one all the same', async () => {
  const { disk, clock, open, look } = world();
  const outbox = await open();
  for (let count = 0; count < 200; count++) await outbox.append('log', KIB);
  const { openRead } = disk;
  disk.openRead = async (path) => {
    if (path.includes('/log/')) throw storageError('StorageFailed', 'reading', path);
    return openRead(path);
  };
  await clock.advance(20 * DAY_MS);
  for (let count = 0; count < 150; count++) await outbox.append('alarm', KIB);
  assert.equal((await look('alarm')).held.length, 150);
  disk.openRead = openRead;
  assert.match((await look('log')).gone[0]!, /^1-\d+ quota$/);
  await outbox.close();
});

test('a segment that a reader could not read is opened anew the next time, and passed once it was given up', async () => {
  const { disk, clock, open } = world();
  const outbox = await open();
  for (let count = 0; count < 200; count++) await outbox.append('log', KIB);
  const { openRead } = disk;
  const oldest = (await disk.list(`${FOLDER}/log`)).find(({ name }) => name.endsWith('.seg'))!.name;
  let opened = 0;
  /** Its head can be read and nothing else, or not even that. */
  const spoil = (from: number) => {
    disk.openRead = async (path) => {
      const file = await openRead(path);
      if (!path.endsWith(oldest)) return file;
      opened += 1;
      const read = async (at: number, length: number) => {
        if (at >= from) throw storageError('StorageFailed', 'reading', path);
        return file.read(at, length);
      };
      const close = async () => {
        opened -= 1;
        await file.close();
      };
      return { ...file, read, close };
    };
  };
  const reader = openOutboxReader({ clock, disk, folder: `${FOLDER}/log` });
  for (const from of [0, 1, 0]) {
    spoil(from);
    await assert.rejects(reader.read(1, 1e6), { code: 'StorageFailed' });
    assert.equal(opened, 0, 'it is not left open');
  }
  for (let count = 0; count < 100; count++) await outbox.append('alarm', KIB);
  assert.equal((await reader.read(1, 1e6)).gaps[0]?.reason, 'quota');
  await reader.close();
  await outbox.close();
});
