import type { Clock, Disk, Logger } from '@skerry/kit';

export interface StorageGuardOptions {
  readonly disk: Pick<Disk, 'freeBytes'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** On the file system of the data. */
  readonly folder: string;
  /** Bytes that are to stay free for everything else. */
  readonly reserve: number;
}

/** Answers whether there is room for more messages. Where there is none, nothing is acknowledged and nothing dropped. */
export interface StorageGuard {
  hasRoom(): Promise<boolean>;
}

const trustedMs = 1000;

export function storageGuard({ disk, clock, logger, folder, reserve }: StorageGuardOptions): StorageGuard {
  let asked = Number.NEGATIVE_INFINITY;
  let answer: Promise<boolean> = Promise.resolve(true);
  const look = async () => {
    const free = await disk.freeBytes(folder);
    if (free < reserve) logger.warn('the disk reserve is reached: messages are not taken', { free, reserve });
    return free >= reserve;
  };
  return {
    hasRoom() {
      if (clock.monotonic() - asked > trustedMs) {
        asked = clock.monotonic();
        answer = look();
      }
      return answer;
    },
  };
}
