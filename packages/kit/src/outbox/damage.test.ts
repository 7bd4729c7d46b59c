import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Disk } from '../ports/disk.ts';
import { silentLogger } from '../ports/logger.ts';
import { manualClock } from '../testing/manual-clock.ts';
import { memoryDisk } from '../testing/memory-disk.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import type { OutboxProducer, OutboxReader } from './outbox.ts';
import { openOutboxProducer } from './producer.ts';
import { openOutboxReader } from './reader.ts';
import { decodeTwice } from './twice.ts';

const FOLDER = '/outbox/runtime';
const STREAM = `${FOLDER}/alarm`;
const HOUR_MS = 3_600_000;
const LIMIT = 96 * 1024;
const streams = [
  { name: 'alarm', ttlMs: Infinity },
  { name: 'log', ttlMs: Infinity },
] as const;

const readerOf = (disk: Disk, folder = STREAM) => openOutboxReader({ disk, clock: manualClock(), folder });

function world(limit = LIMIT) {
  const disk = memoryDisk();
  const clock = manualClock();
  const random = seededRandom(1);
  const promised = new Map<number, string>();
  let writer: OutboxProducer<'alarm' | 'log'> | undefined;
  const open = async () => {
    writer = await openOutboxProducer({
      disk,
      clock,
      random,
      logger: silentLogger,
      folder: FOLDER,
      limit,
      streams,
      time: { bootId: 'b', sinceBoot: clock.monotonic, hubTime: () => undefined },
    });
  };
  return {
    disk,
    clock,
    promised,
    open,
    async append(...texts: string[]) {
      const append = async (text: string) => {
        const number = await writer!.append('alarm', text);
        assert.ok(!promised.has(number), `${number} is promised once`);
        promised.set(number, text);
      };
      await Promise.all(texts.map(append));
    },
    async log(text: string) {
      await writer!.append('log', text);
    },
    async close() {
      await writer?.close();
    },
    /** Files of the whole folder, with their sizes. */
    async files() {
      const found: { path: string; size: number }[] = [];
      for (const folder of [FOLDER, ...streams.map(({ name }) => `${FOLDER}/${name}`)])
        for (const { name, size, kind } of await disk.list(folder))
          if (kind === 'file' && size > 0) found.push({ path: `${folder}/${name}`, size });
      return found;
    },
    /** Flips a bit of a file in its place, also below those who have it open. */
    async flip(path: string, bit: number) {
      const before = Buffer.from(await disk.read(path));
      const count = (await this.files()).length;
      for (let index = 0; index < count; index++) {
        const flip = () => {
          const chances = [(index + 0.5) / count, ((bit >> 3) + 0.5) / before.length, ((bit & 7) + 0.5) / 8];
          disk.flipBit(FOLDER, () => chances.shift()!);
        };
        flip();
        if (!before.equals(await disk.read(path))) return;
        flip();
      }
      throw new Error(`no bit of ${path} was flipped`);
    },
  };
}
type World = ReturnType<typeof world>;

/** What a reader tells from `from` on: its text, or why it is gone; each number once. */
async function tell(reader: OutboxReader, from: number, found = new Map<number, string>()) {
  for (let at = from; ; ) {
    const { records, gaps, next } = await reader.read(at, 5_000);
    const told = (number: number, what: string) => {
      assert.ok(!found.has(number), `${number} is told once`);
      found.set(number, what);
    };
    for (const { number, payload } of records) told(number, Buffer.from(payload).toString());
    for (const { first, last, reason } of gaps)
      for (let number = first; number <= last; number++) told(number, reason);
    assert.equal(Math.max(from - 1, ...found.keys()), next - 1, 'every number up to next is told');
    if (next === at) return found;
    at = next;
  }
}

const reasons = ['corrupt', 'missing', 'quota', 'expired'];

/** Every promised message is told as it was, or as gone for a reason; and no more than `gone` of them are damaged. */
function check({ promised }: World, found: Map<number, string>, mostDamaged: number) {
  let damaged = 0;
  for (const [number, text] of promised) {
    const is = found.get(number);
    assert.ok(is === text || (is !== undefined && reasons.includes(is)), `${number} is ${is?.slice(0, 30)}`);
    if (is === 'corrupt' || is === 'missing') damaged += 1;
  }
  assert.ok(damaged <= mostDamaged, `${damaged} messages are damaged`);
}

test('a reader goes on beside a writer when the only segment’s header is damaged', async () => {
  const it = world();
  await it.open();
  await it.append('first', 'second');
  const reader = readerOf(it.disk);
  const before = await reader.range();
  const found = await tell(reader, 1);
  await reader.close();
  await it.flip(`${STREAM}/00000000000000000001.seg`, 8 * 20);
  await it.append('third');
  const next = readerOf(it.disk);
  assert.deepEqual(await next.range(), { ...before!, next: 4, bytes: (await next.range())!.bytes });
  await tell(next, 3, found);
  check(it, found, 0);
  await it.close();
  await it.open();
  await it.append('fourth');
  check(it, await tell(readerOf(it.disk), 1), 0);
});

test('a stream whose id is damaged in every place is readable again within an hour, whatever is written to it', async () => {
  for (const before of [[], ['first']]) {
    const it = world();
    await it.open();
    await it.append('zeroth');
    await it.close();
    await it.open();
    for (const text of before) await it.append(text);
    for (const { path } of await it.files())
      if (path.endsWith('.seg') || path.endsWith('.head')) await it.flip(path, 8 * 20);
    assert.equal(await readerOf(it.disk).range(), undefined);
    await it.append('second');
    await it.clock.advance(1.5 * HOUR_MS);
    check(it, await tell(readerOf(it.disk), 1), 0);
    await it.close();
  }
});

/** One message, some, several segments, some given up; then perhaps a restart. */
const states: Record<string, (it: World) => Promise<void>> = {
  'one message': (it) => it.append('one'),
  'some messages': (it) => it.append('one', 'two', 'three'),
  'two segments': async (it) => {
    await it.append('one', 'two');
    await it.close();
    await it.open();
    await it.append('three');
  },
  'an empty segment behind': async (it) => {
    await it.append('one', 'two');
    await it.close();
    await it.open();
  },
  'given up': async (it) => {
    for (let count = 0; count < 6; count++) await it.append('x'.repeat(16_000) + count);
  },
};

/** Every third bit of what is small and of a long file's head, and some of its records. */
function strideAt(bit: number, size: number): number {
  if (size < 150 || (size > 1_000 && bit < 8 * 64)) return 3;
  return size < 1_000 ? 19 : 17_389;
}

for (const [name, live] of Object.entries(states))
  test(`no bit of any file takes a promise with it: ${name}`, async () => {
    const plain = world();
    await plain.open();
    await live(plain);
    const image = plain.disk.image();
    await plain.close();
    for (const { path, size } of await plain.files()) {
      for (let bit = 0; bit < 8 * size; bit += strideAt(bit, size)) {
        const it = world();
        it.disk.load(image);
        if (!(await it.disk.stat(path))) continue;
        for (const [number, text] of plain.promised) it.promised.set(number, text);
        await it.flip(path, bit);
        const reader = readerOf(it.disk);
        const found = await tell(reader, (await reader.range())?.first ?? 1).catch((error) => {
          throw new Error(`bit ${bit} of ${path}`, { cause: error });
        });
        await it.open();
        await it.append('behind');
        const last = Math.max(0, ...found.keys());
        await tell(reader, last + 1, found);
        try {
          check(it, found, 1);
          check(it, await tell(readerOf(it.disk), 1), 1);
        } catch (error) {
          throw new Error(`bit ${bit} of ${path}`, { cause: error });
        }
        await it.close();
      }
    }
  });

test('a folder without any readable head goes on behind all that lies there, and tells that it is gone', async () => {
  const it = world();
  await it.open();
  await it.append('one', 'two');
  await it.close();
  await it.open();
  await it.append('three', 'four', 'five');
  await it.close();
  for (const { path } of await it.files()) if (!path.endsWith('.json')) await it.flip(path, 8 * 14);
  await it.open();
  await it.append('six');
  const reader = readerOf(it.disk);
  assert.deepEqual(await reader.range().then((range) => [range?.first, range?.next]), [1, 7]);
  assert.deepEqual(
    [...(await tell(reader, 1)).values()],
    ['corrupt', 'corrupt', 'corrupt', 'corrupt', 'corrupt', 'six'],
  );
});

test('the last message of all is told as damaged after a while, though nothing comes behind it', async () => {
  const it = world();
  await it.open();
  await it.append('one', 'two');
  const path = `${STREAM}/00000000000000000001.seg`;
  await it.flip(path, 8 * (await it.disk.stat(path))!.size - 1);
  const reader = readerOf(it.disk);
  const found = await tell(reader, 1);
  assert.deepEqual([...found.values()], ['one']);
  await it.clock.advance(2 * HOUR_MS);
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
  await tell(reader, 2, found);
  assert.deepEqual([...found.values()], ['one', 'corrupt']);
  await it.append('three');
  await tell(reader, 3, found);
  check(it, found, 1);
});

test('a folder as it was written before is read and gone on in, and kept as this version does', async () => {
  const it = world();
  await it.open();
  for (let count = 0; count < 6; count++) await it.append('x'.repeat(16_000) + count);
  await it.close();
  await it.disk.remove(`${STREAM}/stream.head`);
  for (const path of [`${STREAM}/dropped.json`, `${FOLDER}/elapsed.json`])
    await it.disk.writeAtomic(path, JSON.stringify(decodeTwice(await it.disk.read(path))));
  const reader = readerOf(it.disk);
  const found = await tell(reader, (await reader.range())!.first);
  check(it, found, 0);
  assert.equal(found.get(1), 'quota');
  await it.open();
  await it.append('behind');
  assert.ok(await it.disk.stat(`${STREAM}/stream.head`));
  check(it, await tell(readerOf(it.disk), 1), 0);
});

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ append: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 2, arbitrary: fc.constant('log' as const) },
  { weight: 2, arbitrary: fc.constant('restart' as const) },
  { weight: 2, arbitrary: fc.constant('cut' as const) },
  { weight: 2, arbitrary: fc.constant('tell' as const) },
);

test('whatever a folder lived through, a flipped bit and a power cut take no promise with them', async () => {
  const history = fc.tuple(
    fc.array(step, { minLength: 1, maxLength: 12 }),
    fc.array(step, { maxLength: 6 }),
    fc.nat(),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  );
  await fc.assert(
    fc.asyncProperty(history, async ([before, after, seed, which, where]) => {
      const it = world();
      const { number: random } = seededRandom(seed);
      const found = new Map<number, string>();
      let reader = readerOf(it.disk);
      await it.open();
      const act = async (todo: (typeof before)[number]) => {
        if (typeof todo === 'object') {
          const texts = Array.from({ length: todo.append }, () => `${random()}`.repeat(1 + random() * 300));
          await Promise.allSettled(texts.map((text) => it.append(text)));
        } else if (todo === 'log') await it.log('l'.repeat(8_000)).catch(() => {});
        else if (todo === 'restart') {
          await it.close();
          await it.open();
        } else if (todo === 'cut') {
          const torn = it.append('torn '.repeat(1 + random() * 200)).catch(() => {});
          for (let turns = Math.floor(random() * 8); turns > 0; turns--) await Promise.resolve();
          it.disk.powerCut(random);
          await torn;
          await it.open();
          reader = readerOf(it.disk);
        } else await tell(reader, Math.max(0, ...found.keys()) + 1, found);
      };
      for (const todo of before) await act(todo);
      const files = await it.files();
      const { path, size } = files[Math.floor(which * files.length)]!;
      await it.flip(path, Math.floor(where * 8 * size));
      for (const todo of after) await act(todo);
      await it.close().catch(() => {});
      await it.open();
      await it.append('behind');
      await tell(reader, Math.max(0, ...found.keys()) + 1, found);
      check(it, found, 1);
    }),
    { numRuns: 400 },
  );
});
