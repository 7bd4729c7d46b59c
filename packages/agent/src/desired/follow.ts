import {
  type Clock,
  isSkerryError,
  type Logger,
  type Random,
  retry,
  type Stop,
  singleFlight,
  soonest,
} from '@skerry/kit';
import type { Tell } from '../report/events.ts';
import type { DesiredSource } from './desired.ts';

export interface FollowOptions {
  readonly source: Pick<DesiredSource, 'fetch' | 'differs' | 'isUnkept'>;
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
  /** The hub says that its document has this ETag: fetches it, unless it is the one held. */
  offered(etag: string): void;
  stop(): Promise<void>;
}

const RETRY = { attempts: 6, baseMs: 1_000, capMs: 60_000 };
/**
 * When all of these have failed, or gave another document than the hub said: again after so long, then twice that.
 * Where only room was wanting, that is no question to the hub, and the pause stays.
 */
const AGAIN_MS = 5 * 60_000;

/** Fetches the desired state when it may have changed, until it is here. */
export function followDesired(options: FollowOptions): Following {
  const { source, clock, random, logger, tell, isConnected, lookMs, onChanged } = options;
  const worthRetrying = (error: unknown) => !isSkerryError(error, 'SignatureInvalid');
  /** What the hub said last, and how often it was asked for in vain. */
  let wanted: string | undefined;
  let inVain = 0;

  const around = (ms: number) => ms * (0.75 + random.number() / 2);
  const lookAgain = () => {
    if (source.isUnkept(wanted)) return again.within(around(AGAIN_MS));
    if (wanted === undefined || !source.differs(wanted)) return;
    again.within(around(Math.min(lookMs(), AGAIN_MS * 2 ** inVain)));
    inVain += 1;
  };
  const flight = singleFlight(
    async (signal) => {
      // What a full disk refused just now may be let in at once; after that room comes within minutes, not seconds.
      const attempts = source.isUnkept(wanted) ? 1 : RETRY.attempts;
      const tries = { ...RETRY, attempts, clock, random, signal, worthRetrying };
      if (await retry(() => source.fetch(signal, wanted), tries)) onChanged();
      lookAgain();
    },
    (error) => {
      logger.warn('the desired state could not be fetched', { error });
      if (isSkerryError(error, 'SignatureInvalid')) tell('Warning', 'SignatureInvalid', error.detail);
      lookAgain();
    },
  );
  const look = () => {
    if (isConnected() || source.isUnkept(wanted)) flight.trigger();
  };
  const again = soonest(clock, look);

  let stopTimer: Stop;
  const schedule = () => {
    stopTimer = clock.timer(around(lookMs()), () => {
      look();
      schedule();
    });
  };
  schedule();

  return {
    offered(etag) {
      if (!source.differs(etag)) return;
      if (etag !== wanted) inVain = 0;
      wanted = etag;
      flight.trigger();
    },
    async stop() {
      stopTimer();
      await flight.stop();
      again.stop();
    },
  };
}
