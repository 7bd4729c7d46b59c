import type { Logger } from '../ports/logger.ts';
import { type Appender, type AppenderOptions, openAppender, type Payload } from './appender.ts';
import { toldOf } from './errors.ts';
import type { DropReason } from './outbox.ts';
import { orMakeRoom } from './reserve.ts';
import type { Tenant } from './room.ts';
import { HEADER_BYTES } from './segment.ts';
import { listSegments } from './segments.ts';
import { type StreamWriter, type StreamWriterOptions, streamWriter } from './writer.ts';

/** One of a producer's streams, which its folder need not hold yet. */
export interface Stream extends Tenant {
  readonly name: string;
  append(payload: Payload): Promise<number>;
  /** Opens the folder if it is there, so that it grows no older unseen. */
  openIfThere(): Promise<void>;
  /** The same where that has failed: what lies there is told though nothing more comes. */
  openIfShut(): Promise<void>;
  close(): Promise<void>;
}

export interface StreamOptions
  extends Omit<AppenderOptions, 'segmentMs'>,
    Omit<StreamWriterOptions, 'appender'> {
  readonly name: string;
  readonly logger: Logger;
  /** In known elapsed time. */
  readonly ttlMs: number;
  readonly onDropped: (reason: DropReason, count: number) => void;
}

interface Opened {
  readonly appender: Appender;
  readonly writer: StreamWriter;
}

/** A segment spans so much of the time to live, at most. */
const SEGMENTS_A_LIFE = 16;

export function outboxStream(options: StreamOptions): Stream {
  const { name, disk, logger, folder, elapsed, ttlMs, urgency, onDropped } = options;
  let opening: Promise<Opened> | undefined;
  let writer: StreamWriter | undefined;
  /** It could not be opened. */
  let isShut = false;

  const open = async (): Promise<Opened> => {
    const appender = await openAppender({ ...options, segmentMs: ttlMs / SEGMENTS_A_LIFE });
    writer = streamWriter({ ...options, appender });
    isShut = false;
    return { appender, writer };
  };
  /** What failed is tried again at the next need. */
  const opened = (): Promise<Opened> => {
    opening ??= open().catch((error) => {
      opening = undefined;
      isShut = true;
      throw error;
    });
    return opening;
  };
  const appendToNew = async (payload: Payload): Promise<number> => {
    const stream = await orMakeRoom(opened, () => options.onDiskFull(urgency)).catch((error) => {
      throw toldOf(error);
    });
    return stream.writer.append(payload);
  };
  const isThere = async () => (await disk.stat(folder)) !== undefined;

  /** What one stream cannot do, because its files cannot be read, must cost no other its room. */
  const orFalse = (work: () => Promise<boolean>): Promise<boolean> =>
    work().catch((error) => {
      logger.warn('a stream gave no room', { stream: name, error });
      return false;
    });

  const openIfThere = async () => {
    if (!(await isThere())) return;
    await opened().catch((error) => logger.warn('a stream could not be opened', { stream: name, error }));
  };

  const giveUp = (reason: DropReason): Promise<boolean> =>
    orFalse(async () => {
      if (!(await isThere())) return false;
      const count = await (await opened()).appender.giveUp(reason);
      if (count > 0) onDropped(reason, count);
      return count > 0;
    });

  const isExpired = (): Promise<boolean> =>
    orFalse(async () => opening !== undefined && (await opening).appender.endedBefore(elapsed.now() - ttlMs));

  return {
    name,
    append: (payload) => writer?.append(payload) ?? appendToNew(payload),
    openIfThere,
    openIfShut: async () => {
      if (isShut) await openIfThere();
    },
    async bytes() {
      const sizes = (await listSegments(disk, folder)).map(({ size }) => Math.max(0, size - HEADER_BYTES));
      return sizes.reduce((sum, size) => sum + size, 0);
    },
    giveUp,
    async expire() {
      while (await isExpired()) if (!(await giveUp('expired'))) return;
    },
    close: async () => (await opening?.catch(() => undefined))?.writer.close(),
  };
}
