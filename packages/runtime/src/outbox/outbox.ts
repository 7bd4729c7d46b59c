import type { Event, StreamName } from '@skerry/contracts';
import type { Clock, Disk, Random } from '@skerry/kit';
import { type OutboxWriter, openOutboxWriter, outboxQuota } from '@skerry/kit/outbox';

/** What the runtime says to the hub: the agent reads the same folder. */
export interface Outbox {
  /** Resolves once the event survives a power cut. Rejects with `OutboxFull`, `MessageTooLarge` and the disk's errors. */
  append(stream: StreamName, event: Event): Promise<void>;
  /** Bytes in use, by all producers, and allowed. */
  readonly bytes: number;
  readonly quota: number;
  /** Commits what is queued. */
  close(): Promise<void>;
}

export interface OutboxOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  /** The folder above those of all producers. */
  readonly root: string;
  /** Bytes. */
  readonly quota: number;
}

/** Streams are opened when something is first said in them. */
export async function openOutbox({ root, quota: limit, ...ports }: OutboxOptions): Promise<Outbox> {
  await ports.disk.makeFolder(root);
  const quota = await outboxQuota({ ...ports, root, limit });
  const writers = new Map<StreamName, Promise<OutboxWriter>>();
  const writerOf = (stream: StreamName) => {
    const writer =
      writers.get(stream) ?? openOutboxWriter({ ...ports, folder: `${root}/runtime/${stream}`, quota });
    writers.set(stream, writer);
    writer.catch(() => writers.delete(stream));
    return writer;
  };
  return {
    quota: limit,
    get bytes() {
      return quota.used;
    },
    async append(stream, event) {
      const writer = await writerOf(stream);
      await writer.append(JSON.stringify(event));
    },
    async close() {
      const opened = await Promise.allSettled(writers.values());
      await Promise.all(
        opened.map((result) => (result.status === 'fulfilled' ? result.value.close() : undefined)),
      );
      quota.stop();
    },
  };
}
