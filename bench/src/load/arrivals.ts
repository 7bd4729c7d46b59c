import { quantile } from '../judge.ts';
import type { Arrivals } from './open-loop.ts';

/** Answers with status 200, and how many of the arrivals had none, or another. */
export function tally({ status }: Arrivals): { readonly good: number; readonly dropped: number } {
  const good = status.filter((one) => one === 200).length;
  return { good, dropped: status.length - good };
}

/**
 * The q-quantile, in ms, of what answers with status 200 took from when they were sent, of arrivals that
 * were sent between two times. From the sending, since the timers of a client are late by up to 1 ms, which would
 * hide what is compared; no sending waits for an answer.
 */
export function latencyMs(arrivals: Arrivals, q: number, from = 0, until = Number.POSITIVE_INFINITY): number {
  const { sent, answered, status } = arrivals;
  const within = [...sent.keys()].filter((i) => status[i] === 200 && sent[i]! >= from && sent[i]! <= until);
  return quantile(
    within.map((i) => answered[i]! - sent[i]!),
    q,
  );
}

/** How many answers with status 200 came within a time from when they were due. */
export function inTime({ due, answered, status }: Arrivals, deadlineMs: number): number {
  return status.filter((one, i) => one === 200 && answered[i]! - due[i]! <= deadlineMs).length;
}
