import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isSkerryError } from '../errors.ts';
import { silentLogger } from '../ports/logger.ts';
import { storageError } from '../ports/storage-error.ts';
import { manualClock } from '../testing/manual-clock.ts';
import { memoryDisk } from '../testing/memory-disk.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import type { OutboxProducer } from './outbox.ts';
import { openOutboxProducer } from './producer.ts';
import { faultyDisk } from './testing/faulty-disk.ts';
import { assertWithin, type Ledger, ledger } from './testing/ledger.ts';

const FOLDER = '/outbox/runtime';
const LIMIT = 96 * 1024;
const MINUTE_MS = 60_000;
const streams = [
  { name: 'alarm', ttlMs: Infinity },
  { name: 'result', ttlMs: Infinity },
  { name: 'log', ttlMs: 45 * MINUTE_MS },
] as const;
const names = streams.map(({ name }) => name);
type Name = (typeof names)[number];

/** `cut`: the power goes when the operation is done. `full`: no byte is free from it on, for a while. `fail`: the disk refuses it. */
type Fault = 'cut' | 'full' | 'fail' | 'none';

interface History {
  readonly ledger: Ledger;
  /** Operations that changed something. */
  readonly operations: number;
  readonly refusals: readonly unknown[];
}

/** Bursts of messages, time that passes, an agent that takes some of it, and one fault at the operation of this index. */
async function live(seed: number, fault: Fault, at: number): Promise<History> {
  const disk = memoryDisk();
  const clock = manualClock();
  const random = seededRandom(seed);
  const book = ledger(disk, FOLDER, names);
  const refusals: unknown[] = [];
  let operations = 0;
  let struck = fault === 'none';

  /** What one life of the process sees of the disk. */
  const diskOfLife = () => {
    let isDead = false;
    return faultyDisk(disk, {
      before(index) {
        if (isDead) throw storageError('StorageFailed', 'using', 'a disk without power');
        if (index === 0 || struck || operations + 1 < at) return;
        if (fault === 'full') disk.setFree(0);
        if (fault === 'fail') {
          struck = true;
          operations++;
          throw storageError('StorageFailed', 'using', 'a disk that failed');
        }
      },
      async after() {
        operations++;
        await assertWithin(disk, FOLDER, LIMIT);
        if (struck || fault !== 'cut' || operations < at) return;
        struck = true;
        isDead = true;
        disk.powerCut(random.number);
        throw storageError('StorageFailed', 'using', 'a disk without power');
      },
    });
  };
  const open = () =>
    openOutboxProducer({
      disk: diskOfLife(),
      clock,
      random,
      logger: silentLogger,
      folder: FOLDER,
      limit: LIMIT,
      streams,
      time: { bootId: 'b', sinceBoot: clock.monotonic, hubTime: () => undefined },
    });
  const mend = () => {
    struck = true;
    disk.setFree(2 ** 40);
  };

  let producer: OutboxProducer<Name> | undefined;
  for (let step = 0; step < 10; step++) {
    try {
      producer ??= await open();
    } catch (error) {
      refusals.push(error);
      mend();
      continue;
    }
    const burst = Array.from({ length: 1 + Math.floor(random.number() * 8) }, async (_, index) => {
      const name = names[Math.floor(random.number() ** 0.4 * names.length)]!;
      const text = `${name} ${step} ${index} ${'x'.repeat(Math.floor(random.number() * 4_000))}`;
      await producer!.append(name, text).then(
        (number) => book.promise(name, number, text),
        (error) => refusals.push(error),
      );
    });
    await Promise.all(burst);
    await clock.advance(random.number() * 30 * MINUTE_MS);
    for (let turn = 0; turn < 30; turn++) await Promise.resolve();
    if (random.number() < 0.3) await book.deliver(names[step % names.length]!, random.number());
    const isOver = struck && fault === 'cut';
    if (fault === 'full' && operations > at + 20) mend();
    if (isOver || random.number() < 0.15) {
      await producer.close().catch(() => {});
      producer = undefined;
    }
  }
  mend();
  await producer?.close().catch(() => {});
  producer = await open();
  const last = await producer.append('alarm', 'it goes on');
  book.promise('alarm', last, 'it goes on');
  await book.settle();
  await assertWithin(disk, FOLDER, LIMIT);
  await producer.close();
  return { ledger: book, operations, refusals };
}

const count = (told: ReadonlyMap<number, string>, what: string) =>
  [...told.values()].filter((text) => text === what).length;

test('a history without a fault gives up logs for want of room and time, and nothing more urgent', async () => {
  const { ledger: book, refusals, operations } = await live(3, 'none', 0);
  assert.ok(operations > 100, `${operations} operations are worth a walk`);
  assert.deepEqual(refusals, []);
  assert.ok(count(book.told('log'), 'quota') > 0);
  assert.ok(count(book.told('log'), 'expired') > 0);
  for (const what of ['quota', 'expired', 'corrupt', 'missing'])
    for (const name of ['alarm', 'result'] as const) assert.equal(count(book.told(name), what), 0);
});

for (const fault of ['cut', 'full', 'fail'] as const)
  test(`whatever operation the fault "${fault}" hits, what was promised is there or covered by a notice`, async () => {
    const { operations } = await live(3, 'none', 0);
    for (let at = 1; at <= operations; at++) {
      const { refusals } = await live(3, fault, at).catch((error) => {
        throw new Error(`operation ${at} of ${operations}: ${error}`, { cause: error });
      });
      const known = ['OutboxFull', 'DiskFull', 'StorageFailed'];
      for (const error of refusals)
        assert.ok(isSkerryError(error) && known.includes(error.code), `operation ${at}: ${error}`);
    }
  });

test('the same in other histories', async () => {
  const faults = fc.constantFrom('cut' as const, 'full' as const, 'fail' as const);
  const history = fc.tuple(fc.nat(), faults, fc.integer({ min: 1, max: 300 }));
  await fc.assert(
    fc.asyncProperty(history, async (it) => void (await live(...it))),
    { numRuns: 100 },
  );
});
