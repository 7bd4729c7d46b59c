import { isSkerryError } from '../errors.ts';
import { every } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { singleFlight } from '../single-flight.ts';
import { openElapsed } from './elapsed.ts';
import {
  type DropReason,
  type OutboxDrops,
  type OutboxProducer,
  type OutboxProducerOptions,
  segmentBytesFor,
} from './outbox.ts';
import { patientDisk } from './patient-disk.ts';
import { removeTemporaries } from './recover.ts';
import { type Reserve, reserveOn } from './reserve.ts';
import { type Room, roomFor } from './room.ts';
import { outboxStream } from './stream.ts';
import { usageOf } from './usage.ts';

/**
 * Kept free of messages for what must be written at any time: each stream's notices, twice while they are replaced,
 * an empty segment of each, and the known elapsed time.
 */
const UPKEEP_BYTES = 16 * 1024;
/** How often somebody asks whether the known elapsed time is worth a write, and whether something has expired. */
const TIDY_MS = 10 * 60_000;

/** How long a stream whose newest segment cannot be read takes no messages: it may be readable again. */
const PATIENCE_MS = 60_000;

/** Opens a producer's folder for writing, with the streams that are in it already. */
export async function openOutboxProducer<Name extends string>(
  options: OutboxProducerOptions<Name>,
): Promise<OutboxProducer<Name>> {
  const { clock, logger, folder, limit, time } = options;
  const disk = patientDisk({ ...options, patienceMs: PATIENCE_MS });
  await disk.makeFolder(folder);
  await removeTemporaries(disk, folder);
  const elapsed = await openElapsed(disk, `${folder}/elapsed.json`, time);
  const usage = usageOf(disk, folder);
  const drops = dropCounts<Name>(logger);
  const claim: Room['claim'] = (urgency, bytes) => room.claim(urgency, bytes);
  const onDiskFull = (urgency: number) => yieldOn(urgency, room, reserve);
  const segmentBytes = segmentBytesFor(limit);
  const shared = { ...options, disk, elapsed, usage, room: { claim }, onDiskFull, segmentBytes };
  const streams = options.streams.map(({ name, ttlMs }, urgency) => {
    const onDropped = (reason: DropReason, count: number) => drops.add(name, reason, count);
    return outboxStream({ ...shared, name, folder: `${folder}/${name}`, ttlMs, urgency, onDropped });
  });
  const byName = new Map(options.streams.map(({ name }, index) => [name, streams[index]!]));
  const room = roomFor(streams, usage, limit - UPKEEP_BYTES);
  const reserve = reserveOn(disk, folder, usage, room);

  const openShut = async () => {
    for (const stream of streams) await stream.openIfShut();
  };
  const chores = [elapsed.keep, openShut, room.tidy, () => reserve.fill(streams.length - 1)];
  const tidying = singleFlight(
    async () => {
      for (const chore of chores)
        await chore().catch((error) => logger.warn('the outbox could not be tidied up', { error }));
    },
    () => {},
  );
  for (const stream of streams) await stream.openIfThere();
  tidying.trigger();
  await tidying.idle();
  const stopTimer = every(clock, TIDY_MS, tidying.trigger);

  return {
    drops: drops.all,
    append: (name, payload) => byName.get(name)!.append(payload),
    async close() {
      stopTimer();
      await tidying.stop();
      await Promise.all(streams.map((stream) => stream.close()));
      await elapsed.save().catch((error) => logger.warn('the elapsed time was not written down', { error }));
    },
  };
}

/**
 * Lets less urgent streams give up room on a full disk, until the reserve, of which their notices were written, is there
 * again: without it nothing could be given up the next time. Whether there was something to give up.
 */
async function yieldOn(urgency: number, room: Room, reserve: Reserve): Promise<boolean> {
  for (let hasYielded = false; ; hasYielded = true) {
    if (!(await room.yieldTo(urgency, reserve.spend))) return hasYielded;
    try {
      await reserve.fill(urgency);
      return true;
    } catch (error) {
      if (!isSkerryError(error, 'DiskFull')) return true;
    }
  }
}

function dropCounts<Name extends string>(logger: Logger) {
  const counts = new Map<string, OutboxDrops<Name>>();
  return {
    all: () => [...counts.values()],
    add(stream: Name, reason: DropReason, more: number): void {
      const key = `${stream} ${reason}`;
      counts.set(key, { stream, reason, count: (counts.get(key)?.count ?? 0) + more });
      logger.warn('messages were given up', { stream, reason, count: more });
    },
  };
}
