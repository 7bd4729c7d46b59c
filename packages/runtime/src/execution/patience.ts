import type { SharedMs } from './protocol.ts';

export interface Patience {
  /** When the first byte of the request came. */
  readonly since: SharedMs;
  /** When all of it was there. */
  readonly arrived: SharedMs;
  /** How long its client waits, ms; may be `Infinity`. */
  readonly patienceMs: number;
  /** What the call, and the way back, may take; ms. */
  readonly headroomMs: number;
}

/**
 * When a request must be begun, to be answered in its time. The time that it took to come counts, but no more than
 * half of its patience, or on a slow network all would be late; a call that is slow takes a quarter off, or the slow
 * would never be begun and never be found to have become quicker.
 */
export function latestStart({ since, arrived, patienceMs, headroomMs }: Patience): SharedMs {
  const from = Math.max(since, arrived - patienceMs / 2);
  return from + patienceMs - Math.min(headroomMs, patienceMs / 4);
}

/** Requests that a guess is made from. */
const RECENT = 64;

/** Takes the patience of one request after the other, and gives the longest of the last 64; ms. */
export function recentPatience(): (patienceMs: number) => number {
  const recent: number[] = [];
  let at = 0;
  return (patienceMs) => {
    recent[at] = patienceMs;
    at = (at + 1) % RECENT;
    return recent.reduce((longest, one) => Math.max(longest, one), 0);
  };
}
