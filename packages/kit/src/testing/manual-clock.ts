import type { Clock } from '../ports/clock.ts';

export interface ManualClock extends Clock {
  /** Moves time on by `ms`, running each timer that falls due at its own moment and letting promises settle between. */
  advance(ms: number): Promise<void>;
  /** Makes the wall clock jump, with nothing else. */
  setNow(ms: number): void;
  /** Timers that wait. */
  readonly waiting: number;
}

export function manualClock(_startAt?: number): ManualClock {
  throw new Error('being written');
}
