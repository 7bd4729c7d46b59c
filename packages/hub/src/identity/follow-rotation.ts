import { type Clock, every, type Logger, singleFlight } from '@skerry/kit';
import type { Authority } from './authority.ts';

export interface FollowRotationOptions {
  readonly authority: Pick<Authority, 'refresh'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const LOOK_MS = 2_000;

/** Takes up new keys while the hub runs, soon after `skerry hub rotate` has put them in force. */
export function followRotation({ authority, clock, logger }: FollowRotationOptions): {
  stop(): Promise<void>;
} {
  const flight = singleFlight(authority.refresh, (error) =>
    logger.error('the keys that were put in force could not be taken up', { error }),
  );
  const stop = every(clock, LOOK_MS, flight.trigger);
  return {
    stop: async () => {
      stop();
      await flight.stop();
    },
  };
}
