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
 * Of a client's patience, what a server may plan with. It sees neither the way to it nor the way back, and an answer
 * that comes just too late costs as much as one in time.
 */
export const PLANNED_SHARE = 0.75;

/**
 * When a request must be begun, to be answered in its time. The time that it took to come counts, but no more than
 * half of what is planned with, or on a slow network all would be late; a call that is slow takes a quarter off, or
 * the slow would never be begun and never be found to have become quicker.
 */
export function latestStart({ since, arrived, patienceMs, headroomMs }: Patience): SharedMs {
  const plannedMs = PLANNED_SHARE * patienceMs;
  const from = Math.max(since, arrived - plannedMs / 2);
  return from + plannedMs - Math.min(headroomMs, plannedMs / 4);
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
