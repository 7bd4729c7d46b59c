import { dirname } from 'node:path';
import { type Disk, type Logger, singleFlight } from '@skerry/kit';
import { z } from 'zod';
import type { BootTime } from '../outbox/boot-time.ts';

/** How many frames may still be kept. */
export interface CaptureBudget {
  /** Takes one of this hour's; false when none is left. */
  take(): boolean;
}

export interface CaptureBudgetOptions {
  readonly disk: Disk;
  readonly boot: Pick<BootTime, 'bootId' | 'nowMs'>;
  readonly logger: Logger;
  /** Where it is remembered over a restart. */
  readonly file: string;
  readonly maxPerHour: number;
}

const HOUR_MS = 3_600_000;

const remembered = z.object({ bootId: z.string(), hourBeganMs: z.number(), taken: z.number().int() });

/**
 * Counts hours by the time since boot, which no setting of the clock moves. A restarted process goes on where it
 * was; a rebooted device begins a new hour.
 */
export async function captureBudget({
  disk,
  boot,
  logger,
  file,
  maxPerHour,
}: CaptureBudgetOptions): Promise<CaptureBudget> {
  await disk.makeFolder(dirname(file));
  const before = await recall(disk, file);
  let { hourBeganMs, taken } =
    before?.bootId === boot.bootId ? before : { hourBeganMs: boot.nowMs(), taken: 0 };
  // Under load many captures share one write of the newest count.
  const saving = singleFlight(
    () => disk.writeAtomic(file, JSON.stringify({ bootId: boot.bootId, hourBeganMs, taken })),
    (error) => logger.warn('the budget for captures could not be saved', { error }),
  );
  return {
    take() {
      const now = boot.nowMs();
      if (now - hourBeganMs >= HOUR_MS) [hourBeganMs, taken] = [now, 0];
      if (taken >= maxPerHour) return false;
      taken++;
      saving.trigger();
      return true;
    },
  };
}

async function recall(disk: Disk, file: string) {
  try {
    const bytes = await disk.readIfThere(file);
    if (!bytes) return undefined;
    return remembered.safeParse(JSON.parse(Buffer.from(bytes).toString())).data;
  } catch {
    return undefined;
  }
}
