import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import type { Disk } from '../ports/disk.ts';
import { silentLogger } from '../ports/logger.ts';
import { nodeDisk } from '../ports/node/disk.ts';
import { manualClock } from '../testing/manual-clock.ts';
import { type MemoryDisk, memoryDisk } from '../testing/memory-disk.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import { MAX_MESSAGE_BYTES, type OutboxReader } from './outbox.ts';
import { openOutboxProducer } from './producer.ts';
import { listOutboxStreams, openOutboxReader } from './reader.ts';
import { HEADER_BYTES } from './segment.ts';

const ROOT = '/outbox';
const FOLDER = `${ROOT}/runtime/result`;

interface Writer {
  append(text: string): Promise<number>;
  close(): Promise<void>;
}

interface Bench<D extends Disk> {
  readonly disk: D;
  open(limit?: number): Promise<Writer>;
}

function bench(): Bench<MemoryDisk>;
function bench<D extends Disk>(disk: D, root: string): Bench<D>;
function bench(disk: Disk = memoryDisk(), root = ROOT): Bench<Disk> {
  const clock = manualClock();
  const random = seededRandom(1);
  return {
    disk,
    async open(limit = 1e9) {
      const producer = await openOutboxProducer({
        disk,
        clock,
        random,
        logger: silentLogger,
        folder: `${root}/runtime`,
        limit,
        streams: [{ name: 'result', ttlMs: Infinity }],
        time: { bootId: 'b', sinceBoot: clock.monotonic, hubTime: () => undefined },
      });
      return { append: (text) => producer.append('result', text), close: producer.close };
    },
  };
}

/** Everything there is to read from `from` on: number to text, with gaps as `gap`. */
async function drain(reader: OutboxReader, from: number, maxBytes = 1e6): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  for (let at = from; ; ) {
    const { records, gaps, next } = await reader.read(at, maxBytes);
    for (const { number, payload } of records) found.set(number, Buffer.from(payload).toString());
    for (const gap of gaps)
      for (let number = gap.first; number <= gap.last; number++) found.set(number, 'gap');
    if (next === at) return found;
    assert.deepEqual([...found.keys()].at(-1), next - 1, 'a batch covers every number up to next');
    at = next;
  }
}

const readerOf = (disk: Disk, folder = FOLDER) => openOutboxReader({ disk, clock: manualClock(), folder });
const segmentsOf = async (disk: Disk) =>
  (await disk.list(FOLDER)).filter(({ name }) => name.endsWith('.seg'));
const code = (expected: string) => (error: { code?: string }) => error.code === expected;
const texts = (count: number, from = 1) =>
  Array.from({ length: count }, (_, index) => `message ${from + index}`);

test('messages get the numbers from 1 on and are read as they were', async () => {
  const { disk, open } = bench();
  const writer = await open();
  const numbers = await Promise.all(texts(5).map((text) => writer.append(text)));
  assert.deepEqual(numbers, [1, 2, 3, 4, 5]);
  const reader = readerOf(disk);
  assert.deepEqual([...(await drain(reader, 1)).values()], texts(5));
  assert.deepEqual([...(await drain(reader, 4)).values()], texts(2, 4));
  assert.equal((await reader.range())?.next, 6);
});

test('appends that come together share one sync', async () => {
  const { disk, open } = bench();
  let syncs = 0;
  const openAppend = disk.openAppend;
  disk.openAppend = async (path) => {
    const file = await openAppend(path);
    const sync = () => {
      syncs++;
      return file.sync();
    };
    return { write: file.write, close: file.close, sync, size: 0 };
  };
  const writer = await open();
  syncs = 0;
  await Promise.all(texts(100).map((text) => writer.append(text)));
  assert.ok(syncs <= 2, `${syncs} syncs for 100 messages`);
});

test('a reader follows the writer over segments and restarts', async () => {
  const { disk, open } = bench();
  const reader = readerOf(disk);
  assert.equal(await reader.range(), undefined);
  assert.equal((await drain(reader, 1)).size, 0);
  const big = 'x'.repeat(MAX_MESSAGE_BYTES);
  let writer = await open();
  for (let number = 1; number <= 60; number++) assert.equal(await writer.append(big), number);
  assert.equal((await drain(reader, 1)).size, 60);
  await writer.close();
  const before = await reader.range();
  writer = await open();
  assert.equal((await reader.range())?.streamId, before?.streamId);
  assert.equal(await writer.append('after'), 61);
  assert.deepEqual([...(await drain(reader, 61)).values()], ['after']);
  assert.equal((await segmentsOf(disk)).length, 3);
  for (const { size } of await disk.list(FOLDER)) assert.ok(size <= 8 * 1024 * 1024);
});

test('starting again and again without a message leaves one empty segment', async () => {
  const { disk, open } = bench();
  const first = await open();
  await first.append('message 1');
  await first.close();
  for (let start = 0; start < 5; start++) await (await open()).close();
  assert.equal((await segmentsOf(disk)).length, 2);
});

test('release unlinks whole acknowledged segments, never the newest', async () => {
  const { disk, open } = bench();
  for (const from of [1, 4, 7]) {
    const writer = await open();
    for (const text of texts(3, from)) await writer.append(text);
    await writer.close();
  }
  const reader = readerOf(disk);
  assert.equal(await reader.release(2), 0);
  assert.ok((await reader.release(5)) > 0);
  assert.equal((await reader.range())?.first, 4);
  await reader.release(100);
  assert.deepEqual(await reader.range().then((it) => [it?.first, it?.next]), [7, 10]);
  assert.deepEqual((await reader.read(1, 1e6)).gaps, [{ first: 1, last: 6, reason: 'missing' }]);
  const writer = await open();
  assert.equal(await writer.append('ten'), 10);
});

test('a damaged record is a gap, and those after it are read', async () => {
  const { disk, open } = bench();
  const writer = await open();
  for (const text of texts(5)) await writer.append(text);
  const [segment] = await segmentsOf(disk);
  const path = `${FOLDER}/${segment!.name}`;
  const bytes = Buffer.from(await disk.read(path));
  bytes[bytes.indexOf('message 3')] = 0;
  await disk.writeAtomic(path, bytes);
  const found = await drain(readerOf(disk), 1);
  assert.deepEqual([...found.values()], ['message 1', 'message 2', 'gap', 'message 4', 'message 5']);
});

test('a start after damage goes on with the next number, and keeps what is good', async () => {
  const { disk, open } = bench();
  const before = await open();
  for (const text of texts(4)) await before.append(text);
  await before.close();
  const [segment] = await segmentsOf(disk);
  const path = `${FOLDER}/${segment!.name}`;
  const bytes = Buffer.from(await disk.read(path));
  bytes[bytes.indexOf('message 2')] = 0;
  await disk.writeAtomic(path, Buffer.concat([bytes, Buffer.from('a torn tail')]));
  const after = await open();
  assert.equal(await after.append('message 5'), 5);
  const found = await drain(readerOf(disk), 1);
  assert.deepEqual([...found.values()], ['message 1', 'gap', 'message 3', 'message 4', 'message 5']);
  assert.equal((await disk.stat(path))?.size, bytes.length);
});

test('damage at the end of a closed segment is a gap up to the next', async () => {
  const { disk, open } = bench();
  const first = await open();
  for (const text of texts(3)) await first.append(text);
  await first.close();
  const second = await open();
  await second.append('message 4');
  const [segment] = await segmentsOf(disk);
  await disk.truncate(`${FOLDER}/${segment!.name}`, segment!.size - 1);
  const batch = await drain(readerOf(disk), 1);
  assert.deepEqual([...batch.values()], ['message 1', 'message 2', 'gap', 'message 4']);
});

test('refuses what is too large, what comes after the close, and what no room can be made for', async () => {
  const { disk, open } = bench();
  const writer = await open(80 * 1024);
  await assert.rejects(writer.append('x'.repeat(MAX_MESSAGE_BYTES + 1)), code('MessageTooLarge'));
  assert.equal(await writer.append('x'.repeat(40_000)), 1);
  await assert.rejects(writer.append('x'.repeat(60_000)), code('OutboxFull'));
  assert.equal(await writer.append('small'), 2);
  await writer.close();
  await assert.rejects(writer.append('late'), code('Unavailable'));
  assert.equal((await drain(readerOf(disk), 1)).get(1)?.length, 40_000);
});

test('a full disk refuses with OutboxFull, keeps what was promised, and goes on when there is room', async () => {
  const { disk, open } = bench();
  const writer = await open();
  await writer.append('kept');
  disk.setFree(10);
  await assert.rejects(writer.append('no room for this one'), code('OutboxFull'));
  await assert.rejects(writer.append('nor for this'), code('OutboxFull'));
  disk.setFree(1e6);
  assert.equal(await writer.append('again'), 2);
  const found = await drain(readerOf(disk), 1);
  assert.deepEqual([...found.values()], ['kept', 'again']);
});

/** A segment as the first version wrote it: its header had no time. */
function asVersion1(segment: Uint8Array): Uint8Array {
  const header = Buffer.from(segment.subarray(0, 40));
  header.writeUInt32BE(1, 8);
  header.writeUInt32BE(crc32(header.subarray(0, 36)), 36);
  return Buffer.concat([header, segment.subarray(HEADER_BYTES)]);
}

test('segments of the first version are read, gone on behind, and given up like others', async () => {
  const { disk, open } = bench();
  const before = await open();
  for (const text of texts(3)) await before.append(text);
  await before.close();
  const [segment] = await segmentsOf(disk);
  const path = `${FOLDER}/${segment!.name}`;
  await disk.writeAtomic(path, asVersion1(await disk.read(path)));
  const reader = readerOf(disk);
  assert.deepEqual([...(await drain(reader, 1)).values()], texts(3));
  const after = await open(80 * 1024);
  assert.equal(await after.append('message 4'), 4);
  assert.deepEqual([...(await drain(reader, 1)).values()], texts(4));
  for (let count = 0; count < 8; count++) await after.append('x'.repeat(10_000));
  const { gaps } = await readerOf(disk).read(1, 1e6);
  assert.deepEqual([gaps[0]?.first, gaps[0]?.reason], [1, 'quota']);
});

test('streams are found by producer and name', async () => {
  const { disk, open } = bench();
  await (await open()).append('message 1');
  assert.deepEqual(await listOutboxStreams(disk, ROOT, ['agent', 'runtime']), [
    { producer: 'runtime', stream: 'result', folder: FOLDER },
  ]);
});

/**
 * The promise, under power cuts at any moment: what was acknowledged is read exactly as it was, and what was read
 * once is never taken back or changed.
 */
test('whatever is cut, what was promised is there, and what was read stays', async () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ append: fc.integer({ min: 1, max: 6 }) }) },
    { weight: 2, arbitrary: fc.constant('read' as const) },
    { weight: 2, arbitrary: fc.constant('cut' as const) },
    { weight: 1, arbitrary: fc.constant('restart' as const) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.nat(), async (steps, seed) => {
      const { disk, open } = bench();
      const random = seededRandom(seed).number;
      const promised = new Map<number, string>();
      const seen = new Map<number, string>();
      let count = 0;
      let writer = await open();
      const check = (found: Map<number, string>, expected: Map<number, string>) => {
        for (const [number, text] of expected) assert.equal(found.get(number), text);
      };
      for (const it of steps) {
        if (typeof it === 'object') {
          const appends = Array.from({ length: it.append }, () => {
            const text = `text ${count++}`;
            return writer.append(text).then((number) => {
              assert.ok(!promised.has(number), 'a number is promised once');
              promised.set(number, text);
            });
          });
          if (random() < 0.3) {
            // The cut falls into the commit.
            for (let turns = Math.floor(random() * 8); turns > 0; turns--) await Promise.resolve();
            disk.powerCut(random);
            await Promise.allSettled(appends);
            writer = await open();
          } else await Promise.all(appends);
        } else if (it === 'read') {
          const found = await drain(readerOf(disk), 1, 64);
          check(found, seen);
          for (const [number, text] of found) seen.set(number, text);
        } else {
          if (it === 'cut') disk.powerCut(random);
          else await writer.close();
          writer = await open();
        }
      }
      const found = await drain(readerOf(disk), 1, 64);
      check(found, promised);
      check(found, seen);
    }),
    { numRuns: 200 },
  );
});

test('on a real disk: a writer and a reader side by side', async () => {
  const root = await mkdtemp(join(tmpdir(), 'skerry-outbox-'));
  const disk = nodeDisk();
  const { open } = bench(disk, root);
  const writer = await open();
  const reader = readerOf(disk, `${root}/runtime/result`);
  const seen = new Map<number, string>();
  for (let round = 0; round < 20; round++) {
    await Promise.all(texts(50, round * 50 + 1).map((text) => writer.append(text)));
    for (const [number, text] of await drain(reader, seen.size + 1)) seen.set(number, text);
  }
  assert.deepEqual([...seen.values()], texts(1_000));
  await writer.close();
  await reader.close();
  await rm(root, { recursive: true });
});

test('a reader that waits in an empty segment goes on in the one that a new writer replaces it by', async () => {
  const { disk, open } = bench();
  const first = await open();
  await first.append('message 1');
  await first.close();
  const second = await open();
  const reader = readerOf(disk);
  assert.equal((await drain(reader, 1)).size, 1);
  await second.close();
  const third = await open();
  await third.append('message 2');
  await third.close();
  const fourth = await open();
  await fourth.append('message 3');
  assert.deepEqual([...(await drain(reader, 2)).values()], texts(2, 2));
});
