import { type Event, type StreamName, type StreamTtls, streamNames } from '@skerry/contracts';
import { type Clock, type Disk, every, type Logger, type Random, singleFlight } from '@skerry/kit';
import { folderBytes, type OutboxDrops, openOutboxProducer, outboxShares } from '@skerry/kit/outbox';
import type { BootTime } from './boot-time.ts';
import { type Refusal, refusals } from './refusals.ts';

/** What the runtime says to the hub: the agent reads the same folder. */
export interface Outbox {
  /** Resolves once the event survives a power cut. Rejects with `OutboxFull`, `MessageTooLarge` and the disk's errors. */
  append(stream: StreamName, event: Event): Promise<void>;
  /** Bytes in use, by all producers, as of the last look, and allowed. */
  readonly bytes: number;
  readonly quota: number;
  /** Why it takes no messages, where that is so. */
  readonly refusal: Refusal | undefined;
  /** What was given up since the start. */
  drops(): OutboxDrops<StreamName>[];
  /** Commits what is queued. */
  close(): Promise<void>;
}

export interface OutboxOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly boot: BootTime;
  /** The folder above those of all producers. */
  readonly root: string;
  /** Bytes, for all producers. */
  readonly quota: number;
  readonly ttls: StreamTtls;
}

/** How often to look at how much there is: while we write, and else, since other producers write and the agent frees. */
const LOOK_MS = 2_000;
const QUIET_LOOK_MS = 30_000;
/** Of the quota, and of the disk: with so much left nothing needs to be refused. */
const ROOM = { share: 0.1, bytes: 4 * 2 ** 20 };

export async function openOutbox({ root, quota, ttls, boot, ...ports }: OutboxOptions): Promise<Outbox> {
  const { disk, clock, logger } = ports;
  const producer = await openOutboxProducer({
    ...ports,
    folder: `${root}/runtime`,
    limit: outboxShares(quota).runtime,
    streams: streamNames.map((name) => ({ name, ttlMs: ttls[name] })),
    time: { bootId: boot.bootId, sinceBoot: boot.nowMs, hubTime: boot.hubTime },
  });
  let bytes = 0;
  let hasWritten = false;
  const refused = refusals();
  const look = async () => {
    hasWritten = false;
    bytes = await folderBytes(disk, root);
    if (!refused.current || bytes > quota * (1 - ROOM.share)) return;
    if ((await disk.freeBytes(root)) >= ROOM.bytes) refused.roomCame();
  };
  const looking = singleFlight(look, (error) => logger.warn('the outbox was not looked at', { error }));
  // What cannot be counted must not keep the models from starting.
  looking.trigger();
  await looking.idle();
  const stopLooking = [
    every(clock, LOOK_MS, () => hasWritten && looking.trigger()),
    every(clock, QUIET_LOOK_MS, looking.trigger),
  ];
  return {
    quota,
    get bytes() {
      return bytes;
    },
    get refusal() {
      return refused.current;
    },
    drops: producer.drops,
    async append(stream, event) {
      try {
        await producer.append(stream, JSON.stringify(event));
      } catch (error) {
        refused.refused(stream, error);
        throw error;
      }
      refused.taken(stream);
      hasWritten = true;
    },
    async close() {
      for (const stop of stopLooking) stop();
      await looking.stop();
      await producer.close();
    },
  };
}
