import type { Clock } from '@skerry/kit';

/**
 * The best known time. Until the hub has told it in this life it is the machine's clock, which may be wrong: one
 * that stands before our own certificate was made is certainly so.
 */
export interface TrustedTime {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Whether the hub has told it. */
  readonly known: boolean;
  /** False while it is the machine's clock and certainly wrong. */
  readonly plausible: boolean;
  /** By how much the machine's clock was ahead of the hub's when it told, ms. */
  readonly ahead: number;
  learn(hubTime: number): void;
}

/** `floor` gives a moment, ms since the epoch, that certainly lies behind us. */
export function trustedTime(clock: Clock, floor: () => number): TrustedTime {
  let learnt: { time: number; at: number; ahead: number } | undefined;
  return {
    now: () => (learnt ? learnt.time + clock.monotonic() - learnt.at : Math.max(clock.now(), floor())),
    get known() {
      return learnt !== undefined;
    },
    get plausible() {
      return learnt !== undefined || clock.now() >= floor();
    },
    get ahead() {
      return learnt?.ahead ?? 0;
    },
    learn(hubTime) {
      learnt = { time: hubTime, at: clock.monotonic(), ahead: clock.now() - hubTime };
    },
  };
}
