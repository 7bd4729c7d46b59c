import {
  type Backoff,
  backoffDelay,
  type Clock,
  type Random,
  type SkerryError,
  type Stop,
} from '@skerry/kit';

export interface Failure {
  readonly error: SkerryError;
  readonly failures: number;
}

/** Steps that failed, and rest until it is time to try them again. */
export interface Attempts {
  /** Those that rest now. */
  resting(): Set<string>;
  failureOf(attempt: string): Failure | undefined;
  failed(attempt: string, error: SkerryError): void;
  succeeded(attempt: string): void;
  /** A new intent is a new chance for everything. */
  forget(): void;
}

export interface AttemptsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly backoffOf: (error: SkerryError) => Backoff;
  /** Called when something has rested long enough. */
  readonly onRested: () => void;
}

export function attempts({ clock, random, backoffOf, onRested }: AttemptsOptions): Attempts {
  const known = new Map<string, Failure & { rests: boolean; stop: Stop }>();

  const forget = () => {
    for (const { stop } of known.values()) stop();
    known.clear();
  };

  return {
    resting: () => new Set([...known].filter(([, { rests }]) => rests).map(([attempt]) => attempt)),
    failureOf: (attempt) => known.get(attempt),
    failed(attempt, error) {
      const failures = (known.get(attempt)?.failures ?? 0) + 1;
      const backoff = backoffOf(error);
      const pause = backoffDelay(backoff, failures, random) + backoff.baseMs / 2;
      const stop = clock.timer(pause, () => {
        entry.rests = false;
        onRested();
      });
      const entry = { error, failures, rests: true, stop };
      known.set(attempt, entry);
    },
    succeeded(attempt) {
      known.get(attempt)?.stop();
      known.delete(attempt);
    },
    forget,
  };
}
