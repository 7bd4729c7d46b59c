import { type Clock, type Disk, every, type Logger } from '@skerry/kit';

export interface StorageGuardOptions {
  readonly disk: Pick<Disk, 'freeBytes'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** On the file system of the data. */
  readonly folder: string;
  /** Bytes that are to stay free for everything else. */
  readonly reserve: number;
}

/** Whether there is room for more messages. Where there is none, nothing is acknowledged and nothing dropped. */
export interface StorageGuard {
  hasSpace(): boolean;
  stop(): void;
}

const lookEveryMs = 1000;

/** Looks once before it resolves, then every second. */
export async function startStorageGuard(options: StorageGuardOptions): Promise<StorageGuard> {
  const { disk, clock, logger, folder, reserve } = options;
  let hasSpace = true;
  const look = async () => {
    const free = await disk.freeBytes(folder);
    if (hasSpace && free < reserve)
      logger.warn('the disk reserve is reached: messages are not taken', { free, reserve });
    if (!hasSpace && free >= reserve)
      logger.info('there is space again: messages are taken', { free, reserve });
    hasSpace = free >= reserve;
  };
  await look();
  const stop = every(clock, lookEveryMs, () => {
    look().catch((error) => logger.warn('the free space of the disk is not known', { error }));
  });
  return { hasSpace: () => hasSpace, stop };
}
