import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Disk, DiskEntry } from '../ports/disk.ts';
import { silentLogger } from '../ports/logger.ts';
import { manualClock } from '../testing/manual-clock.ts';
import { memoryDisk } from '../testing/memory-disk.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import { openOutboxProducer } from './producer.ts';
import { openOutboxReader } from './reader.ts';

const FOLDER = '/outbox/runtime';
const STREAM = `${FOLDER}/result`;

test('a segment that is removed after the folder was listed hides nothing of what is there', async () => {
  const disk = memoryDisk();
  const clock = manualClock();
  const writer = await openOutboxProducer({
    disk,
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    folder: FOLDER,
    limit: 512 * 1024,
    streams: [{ name: 'result', ttlMs: Infinity }],
    time: { bootId: 'b', sinceBoot: clock.monotonic, hubTime: () => undefined },
  });
  for (let index = 0; index < 300; index++) await writer.append('result', `${index} ${'x'.repeat(300)}`);
  const before = await disk.list(STREAM);
  const segments = before.filter(({ name }) => name.endsWith('.seg'));
  assert.ok(segments.length > 1);
  const delivered = openOutboxReader({ disk, clock, folder: STREAM });
  await delivered.release(300);

  // What the folder looked like a moment ago, of which the newest cannot be read now.
  const listings: DiskEntry[][] = [before.filter(({ name }) => name !== segments.at(-1)!.name)];
  const late: Disk = { ...disk, list: async (folder) => listings.shift() ?? disk.list(folder) };
  const range = await openOutboxReader({ disk: late, clock, folder: STREAM }).range();
  assert.deepEqual(listings, []);
  assert.equal(range?.next, 301);
  await delivered.close();
  await writer.close();
});
