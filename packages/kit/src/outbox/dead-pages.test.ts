import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Disk } from '../ports/disk.ts';
import { silentLogger } from '../ports/logger.ts';
import { storageError } from '../ports/storage-error.ts';
import { manualClock } from '../testing/manual-clock.ts';
import { type MemoryDisk, memoryDisk } from '../testing/memory-disk.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import type { OutboxProducer } from './outbox.ts';
import { openOutboxProducer } from './producer.ts';
import { openOutboxReader } from './reader.ts';

const FOLDER = '/outbox/runtime';
const STREAM = `${FOLDER}/alarm`;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

function world() {
  const disk = memoryDisk();
  const clock = manualClock();
  const promised = new Map<number, string>();
  let writer: OutboxProducer<'alarm'> | undefined;
  const close = async () => {
    await writer?.close();
    writer = undefined;
  };
  return {
    disk,
    clock,
    promised,
    close,
    /** A process that ends, and another that begins. */
    async restart() {
      await close();
      writer = await openOutboxProducer({
        disk,
        clock,
        random: seededRandom(1),
        logger: silentLogger,
        folder: FOLDER,
        limit: 512 * 1024,
        streams: [{ name: 'alarm', ttlMs: Infinity }],
        time: { bootId: 'b', sinceBoot: clock.monotonic, hubTime: () => undefined },
      });
    },
    async append(text: string) {
      const number = await writer!.append('alarm', text);
      assert.ok(!promised.has(number), `${number} is promised once`);
      promised.set(number, text);
      return number;
    },
    /** What a reader tells of every number that there is, once it has tried for as long as it must. */
    async told() {
      const reader = openOutboxReader({ disk, clock, folder: STREAM });
      const found = new Map<number, string>();
      for (let from = 1; ; ) {
        const batch = await reader.read(from, 20_000).catch(() => undefined);
        if (!batch) {
          await clock.advance(10 * MINUTE_MS);
          continue;
        }
        for (const { number, payload } of batch.records) found.set(number, Buffer.from(payload).toString());
        for (const { first, last, reason } of batch.gaps)
          for (let number = first; number <= last; number++) found.set(number, reason);
        if (batch.next === from) break;
        from = batch.next;
      }
      await reader.close();
      return found;
    },
  };
}

const text = (index: number) => `${index} ${'x'.repeat(300)}`;

/** In the stream's one segment, the last of its files, so far from its begin. */
async function killPage(disk: MemoryDisk, part: number): Promise<void> {
  const picks = [0.99, part];
  assert.ok(disk.killPage(STREAM, () => picks.shift()!));
}

test('a reader waits for an hour, then tells what lay in the page as damaged, and goes on', async () => {
  const { disk, clock, append, restart, close, promised } = world();
  await restart();
  for (let index = 0; index < 40; index++) await append(text(index));
  await killPage(disk, 0.5);
  const reader = openOutboxReader({ disk, clock, folder: STREAM });
  for (let waited = 0; waited < 6; waited++) {
    await assert.rejects(reader.read(1, 1e6), { code: 'StorageFailed' });
    await clock.advance(10 * MINUTE_MS);
  }
  const before = await reader.read(1, 1e6);
  const { gaps, next } = await reader.read(before.next, 1e6);
  assert.deepEqual(
    gaps.map(({ first, reason }) => [first, reason]),
    [[before.next, 'corrupt']],
  );
  assert.ok(next - before.next <= 15, `${next - before.next} of 40 lay in 4 KiB`);
  const behind = await reader.read(next, 1e6);
  for (const { number, payload } of [...before.records, ...behind.records])
    assert.equal(Buffer.from(payload).toString(), promised.get(number));
  assert.equal(behind.next, 41);
  await Promise.all([reader.close(), close()]);
});

test('a page that can be read again within the hour costs nothing, however often it comes', async () => {
  const { disk, clock, append, restart, close, promised } = world();
  await restart();
  for (let index = 0; index < 40; index++) await append(text(index));
  let isAway = true;
  const flickering: Disk = {
    ...disk,
    async openRead(path) {
      const file = await disk.openRead(path);
      const read: typeof file.read = async (position, length) => {
        if (isAway) throw storageError('StorageFailed', 'reading', path);
        return file.read(position, length);
      };
      return { ...file, read };
    },
  };
  const reader = openOutboxReader({ disk: flickering, clock, folder: STREAM });
  for (let times = 0; times < 10; times++) {
    isAway = true;
    await assert.rejects(reader.read(1, 1e6), { code: 'StorageFailed' });
    await clock.advance(50 * MINUTE_MS);
    isAway = false;
    assert.equal((await reader.read(1, 1e6)).records.length, promised.size);
    await reader.close();
  }
  await close();
});

test('a writer that cannot read where its stream ends goes on after a minute, behind all that may lie there', async () => {
  const { disk, clock, append, restart, close, told, promised } = world();
  await restart();
  for (let index = 0; index < 20; index++) await append(text(index));
  await killPage(disk, 0.9);
  await restart();
  await assert.rejects(append(text(20)), { code: 'StorageFailed' });
  await clock.advance(MINUTE_MS);
  const number = await append(text(20));
  assert.ok(number > 20 && number < 20 + 300, `${number} is behind what a page may hold`);
  const found = await told();
  for (const [at, is] of promised) assert.ok([is, 'corrupt'].includes(found.get(at)!), `${at}`);
  assert.equal(found.get(number), text(20));
  assert.ok([...promised.keys()].filter((at) => found.get(at) === 'corrupt').length <= 15);
  await close();
});

test('whatever pages die and whenever, no number comes twice and each is told, as it was or as damaged', async () => {
  const act = fc.oneof(
    { weight: 6, arbitrary: fc.record({ append: fc.integer({ min: 1, max: 30 }) }) },
    { weight: 2, arbitrary: fc.record({ kill: fc.nat() }) },
    { weight: 1, arbitrary: fc.constant({ restart: true }) },
    { weight: 1, arbitrary: fc.record({ wait: fc.integer({ min: 1, max: 3 * HOUR_MS }) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 20 }), async (acts) => {
      const { disk, clock, append, restart, close, told, promised } = world();
      let killed = 0;
      await restart();
      for (const it of acts) {
        if ('append' in it)
          for (let index = 0; index < it.append; index++)
            await append(text(index)).catch(() => clock.advance(15_000));
        if ('kill' in it && disk.killPage(FOLDER, seededRandom(it.kill).number)) killed += 1;
        if ('restart' in it) await restart();
        if ('wait' in it) await clock.advance(it.wait);
      }
      // A writer that runs looks at its last message each hour.
      await clock.advance(3 * HOUR_MS);
      const found = await told();
      for (const [number, is] of promised) {
        const got = found.get(number) ?? 'nothing';
        assert.ok([is, 'corrupt', 'missing'].includes(got), `${number} is told as ${got.slice(0, 20)}`);
      }
      const gone = [...promised].filter(([number, is]) => found.get(number) !== is).length;
      // Two may take the stream's id in both its places.
      assert.ok(killed > 1 || gone <= killed * 15, `${gone} are gone with ${killed} pages`);
      await close();
    }),
    { numRuns: 150 },
  );
});
