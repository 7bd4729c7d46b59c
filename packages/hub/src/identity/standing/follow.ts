import { type Clock, every, type Logger, singleFlight, uuidv7 } from '@skerry/kit';
import type { HubContext } from '../../context.ts';
import type { Db, Executor } from '../../db/schema.ts';
import { nowText, timeText } from '../../time.ts';
import { deleteRevocationsBefore, insertRevocation, revocationsSince } from './store.ts';

/** Clocks of hubs that share a database are this close; so long is a revocation looked at. */
const KEPT_MS = 10 * 60_000;
/** A connection at another hub is to be gone within a second. */
const LOOK_MS = 400;

/** Tells the other hubs, in the transaction of what it tells of. */
export function announceRevocation({ clock, random }: Pick<HubContext, 'clock' | 'random'>) {
  return async (trx: Executor, deviceId: string): Promise<void> => {
    await deleteRevocationsBefore(trx, timeText(clock.now() - 2 * KEPT_MS));
    await insertRevocation(trx, { id: uuidv7(clock, random), device_id: deviceId, at: nowText(clock) });
  };
}

export interface FollowOptions {
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly disconnect: (deviceId: string) => void;
}

/**
 * Cuts the connections that devices have with this hub when another hub revokes them. Looked for by id, since a
 * transaction may commit later than one that began after it.
 */
export function followRevocations(options: FollowOptions): { stop(): Promise<void> } {
  const { db, clock, logger, disconnect } = options;
  let seen = new Set<string>();
  const flight = singleFlight(
    async () => {
      const rows = await revocationsSince(db, timeText(clock.now() - KEPT_MS));
      for (const { id, device_id } of rows) if (!seen.has(id)) disconnect(device_id);
      seen = new Set(rows.map(({ id }) => id));
    },
    (error) => logger.error('revocations by other hubs could not be read', { error }),
  );
  const stop = every(clock, LOOK_MS, flight.trigger);
  return {
    stop: async () => {
      stop();
      await flight.stop();
    },
  };
}
