import {
  type Clock,
  isSkerryError,
  type Logger,
  type Random,
  retry,
  type Stop,
  singleFlight,
} from '@skerry/kit';
import type { Tell } from '../report/events.ts';
import type { DesiredSource } from './desired.ts';

export interface FollowOptions {
  readonly source: DesiredSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly tell: Tell;
  readonly isConnected: () => boolean;
  /** How long it may do without a nudge, give or take a quarter of that. */
  readonly lookMs: () => number;
  /** There is another intent now. */
  readonly onChanged: () => void;
}

export interface Following {
  /** Looks whether there is something new. */
  look(): void;
  stop(): Promise<void>;
}

const RETRY = { attempts: 6, baseMs: 1_000, capMs: 60_000 };

/** Fetches the desired state when it may have changed, until it is here. */
export function followDesired(options: FollowOptions): Following {
  const { source, clock, random, logger, tell, isConnected, lookMs, onChanged } = options;
  const worthRetrying = (error: unknown) => !isSkerryError(error, 'SignatureInvalid');

  const flight = singleFlight(
    async (signal) => {
      const tries = { ...RETRY, clock, random, signal, worthRetrying };
      if (await retry(() => source.fetch(signal), tries)) onChanged();
    },
    (error) => {
      logger.warn('the desired state could not be fetched', { error });
      if (isSkerryError(error, 'SignatureInvalid')) tell('Warning', 'SignatureInvalid', error.detail);
    },
  );

  let stopTimer: Stop;
  const schedule = () => {
    stopTimer = clock.timer(lookMs() * (0.75 + random.number() / 2), () => {
      if (isConnected()) flight.trigger();
      schedule();
    });
  };
  schedule();

  return {
    look: () => flight.trigger(),
    async stop() {
      stopTimer();
      await flight.stop();
    },
  };
}
