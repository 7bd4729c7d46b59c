import { type Clock, every, type Logger, singleFlight } from '@skerry/kit';
import type { Db } from '../db/schema.ts';
import { steadyNow, timeText } from '../time.ts';
import { deleteMessagesBefore, devicesWithMessagesBefore } from './store.ts';

export interface RetentionOptions {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long messages are kept, ms. Drop notices never expire. */
  readonly keepMs: number;
}

/** Few enough that nobody waits long for the database meanwhile. */
const messagesAtOnce = 1000;
const pauseMs = 50;
const everyMs = 3_600_000;

/** Deletes what is older than it has to be kept, now and then, until stopped. */
export function startRetention(options: RetentionOptions): { stop(): Promise<void> } {
  const { clock, logger } = options;
  const now = steadyNow(clock);
  const flight = singleFlight(
    async (signal) => {
      const deleted = await deleteExpired(options, now(), signal);
      if (deleted > 0) logger.info('old messages were deleted', { deleted });
    },
    (error) => logger.error('old messages could not be deleted', { error }),
  );
  const stop = every(clock, everyMs, flight.trigger);
  flight.trigger();
  return {
    stop: async () => {
      stop();
      await flight.stop();
    },
  };
}

/** One round over all devices. `now` is ms since the epoch. */
export async function deleteExpired(
  { db, clock, keepMs }: RetentionOptions,
  now: number,
  signal?: AbortSignal,
): Promise<number> {
  const time = timeText(now - keepMs);
  let deleted = 0;
  for (const id of await devicesWithMessagesBefore(db, time)) {
    for (let some = messagesAtOnce; some >= messagesAtOnce; ) {
      some = await deleteMessagesBefore(db, id, time, messagesAtOnce);
      deleted += some;
      if (some > 0) await clock.sleep(pauseMs, signal);
    }
  }
  return deleted;
}
