import { setImmediate } from 'node:timers/promises';
import { type Clock, sleepBy } from '../ports/clock.ts';

/** Time that moves only when told to. */
export interface ManualClock extends Clock {
  /** Moves on by `ms`; each timer runs at its own moment, and what follows from it is let happen before the next. */
  advance(ms: number): Promise<void>;
  /** Makes the wall clock jump, with nothing else. */
  setNow(ms: number): void;
  /** Timers that wait. */
  readonly waiting: number;
}

interface Timer {
  readonly at: number;
  readonly fn: () => void;
}

export function manualClock(startAt = Date.UTC(2026, 0, 1)): ManualClock {
  const timers = new Set<Timer>();
  let elapsed = 0;
  let offset = startAt;

  const timer = (ms: number, fn: () => void) => {
    const entry = { at: elapsed + Math.max(0, ms), fn };
    timers.add(entry);
    return () => void timers.delete(entry);
  };
  const nextDue = (until: number): Timer | undefined => {
    let due: Timer | undefined;
    for (const entry of timers) if (entry.at <= until && entry.at < (due?.at ?? Infinity)) due = entry;
    return due;
  };

  return {
    now: () => offset + elapsed,
    monotonic: () => elapsed,
    timer,
    sleep: sleepBy(timer),
    async advance(ms) {
      const until = elapsed + ms;
      await setImmediate();
      for (let due = nextDue(until); due; due = nextDue(until)) {
        timers.delete(due);
        elapsed = due.at;
        due.fn();
        await setImmediate();
      }
      elapsed = until;
    },
    setNow(ms) {
      offset = ms - elapsed;
    },
    get waiting() {
      return timers.size;
    },
  };
}
