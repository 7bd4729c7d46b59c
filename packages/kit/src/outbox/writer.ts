import { isSkerryError } from '../errors.ts';
import { openAppender, type Payload, recordBytes } from './appender.ts';
import { messageTooLarge, outboxClosed, outboxFull } from './errors.ts';
import { MAX_MESSAGE_BYTES, type OutboxWriter, type OutboxWriterOptions } from './outbox.ts';
import { MAX_RECORD_BYTES } from './segment.ts';

/** Bytes that may wait for a commit, and bytes of one commit. */
const MAX_QUEUED_BYTES = 8 * 1024 * 1024;
const MAX_GROUP_BYTES = 1024 * 1024;

interface Waiting {
  readonly payload: Payload;
  /** As a record. */
  readonly bytes: number;
  readonly resolve: (number: number) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Opens a folder for appending. One commit at a time; what is appended meanwhile goes into the next, so under
 * load many messages share one fdatasync.
 */
export async function openOutboxWriter(options: OutboxWriterOptions): Promise<OutboxWriter> {
  const { quota } = options;
  const appender = await openAppender(options);
  const waiting: Waiting[] = [];
  let queuedBytes = 0;
  let committing: Promise<void> | undefined;
  let closed = false;

  const whyNot = (bytes: number) => {
    if (closed) return outboxClosed();
    if (bytes > MAX_RECORD_BYTES) return messageTooLarge(bytes - MAX_RECORD_BYTES + MAX_MESSAGE_BYTES);
    if (queuedBytes + bytes > MAX_QUEUED_BYTES) return outboxFull('too many messages wait for the disk');
    if (!quota.reserve(bytes)) return outboxFull(`the quota of ${quota.limit} bytes is used up`);
    return undefined;
  };

  const commit = async (group: readonly Waiting[], bytes: number) => {
    try {
      const payloads = group.map(({ payload }) => payload);
      let number = await appender.commit(payloads, bytes);
      quota.written(bytes);
      for (const { resolve } of group) resolve(number++);
    } catch (error) {
      quota.cancel(bytes);
      const reason = isSkerryError(error, 'DiskFull') ? outboxFull('the disk is full', error) : error;
      for (const { reject } of group) reject(reason);
    }
  };

  const commitAll = async () => {
    while (waiting.length > 0) {
      const group = takeGroup(waiting);
      const bytes = group.reduce((sum, message) => sum + message.bytes, 0);
      await commit(group, bytes);
      queuedBytes -= bytes;
    }
    committing = undefined;
  };

  return {
    get streamId() {
      return appender.streamId;
    },
    get next() {
      return appender.next;
    },
    append(payload) {
      const bytes = recordBytes(payload);
      const refused = whyNot(bytes);
      if (refused) return Promise.reject(refused);
      queuedBytes += bytes;
      return new Promise((resolve, reject) => {
        waiting.push({ payload, bytes, resolve, reject });
        committing ??= commitAll();
      });
    },
    async close() {
      closed = true;
      await committing;
      await appender.close();
    },
  };
}

/** As many as one commit may hold, at least one. */
function takeGroup(waiting: Waiting[]): Waiting[] {
  let bytes = 0;
  const end = waiting.findIndex((message) => {
    bytes += message.bytes;
    return bytes > MAX_GROUP_BYTES;
  });
  return end === -1 ? waiting.splice(0) : waiting.splice(0, end);
}
