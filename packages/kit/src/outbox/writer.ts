import { type Appender, type Payload, recordBytes } from './appender.ts';
import { messageTooLarge, outboxClosed, outboxFull, toldOf } from './errors.ts';
import { MAX_MESSAGE_BYTES } from './outbox.ts';
import { orMakeRoom } from './reserve.ts';
import type { Room } from './room.ts';
import { HEADER_BYTES, MAX_RECORD_BYTES } from './segment.ts';
import type { Usage } from './usage.ts';

/** Bytes that may wait for a commit, and bytes of one commit. */
const MAX_QUEUED_BYTES = 8 * 1024 * 1024;
const MAX_GROUP_BYTES = 1024 * 1024;

/** Appends to one stream. */
export interface StreamWriter {
  append(payload: Payload): Promise<number>;
  /** Commits what is queued. */
  close(): Promise<void>;
}

export interface StreamWriterOptions {
  readonly appender: Pick<Appender, 'commit' | 'close'>;
  readonly room: Pick<Room, 'claim'>;
  readonly usage: Pick<Usage, 'written'>;
  /** Makes room on a full disk for the stream of this urgency; false where there is nothing to give up for it. */
  readonly onDiskFull: (urgency: number) => Promise<boolean>;
  /** The stream's, for the room. */
  readonly urgency: number;
  /** Bytes of one commit, at most, if it is more than one message. */
  readonly segmentBytes: number;
}

interface Waiting {
  readonly payload: Payload;
  /** As a record. */
  readonly bytes: number;
  readonly resolve: (number: number) => void;
  readonly reject: (error: unknown) => void;
}

/** One commit at a time; what is appended meanwhile goes into the next, so under load many messages share one fdatasync. */
export function streamWriter(options: StreamWriterOptions): StreamWriter {
  const { appender, room, usage, urgency, segmentBytes } = options;
  const makeRoom = () => options.onDiskFull(urgency);
  const maxGroupBytes = Math.min(MAX_GROUP_BYTES, segmentBytes);
  const waiting: Waiting[] = [];
  let queuedBytes = 0;
  let committing: Promise<void> | undefined;
  let closed = false;

  const whyNot = (bytes: number) => {
    if (closed) return outboxClosed();
    if (bytes > MAX_RECORD_BYTES) return messageTooLarge(bytes - MAX_RECORD_BYTES + MAX_MESSAGE_BYTES);
    if (queuedBytes + bytes > MAX_QUEUED_BYTES) return outboxFull('too many messages wait for the disk');
    return undefined;
  };

  const commit = async (group: readonly Waiting[], bytes: number) => {
    // As much as it takes in a new segment.
    const claimed = bytes + HEADER_BYTES;
    if (!(await room.claim(urgency, claimed)))
      throw outboxFull('its quota is used up by more urgent messages');
    try {
      const payloads = group.map(({ payload }) => payload);
      let number = await orMakeRoom(() => appender.commit(payloads, bytes), makeRoom);
      for (const { resolve } of group) resolve(number++);
    } finally {
      // After a failure, who knows: the next look at the disk does.
      usage.written(claimed);
    }
  };

  const commitAll = async () => {
    while (waiting.length > 0) {
      const group = takeGroup(waiting, maxGroupBytes);
      const bytes = group.reduce((sum, message) => sum + message.bytes, 0);
      await commit(group, bytes).catch((error) => {
        const reason = toldOf(error);
        for (const { reject } of group) reject(reason);
      });
      queuedBytes -= bytes;
    }
    committing = undefined;
  };

  return {
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
function takeGroup(waiting: Waiting[], maxBytes: number): Waiting[] {
  let bytes = 0;
  const end = waiting.findIndex((message) => {
    bytes += message.bytes;
    return bytes > maxBytes;
  });
  return waiting.splice(0, end === -1 ? waiting.length : Math.max(1, end));
}
