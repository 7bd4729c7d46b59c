import type { Clock, Random } from '@skerry/kit';
import type { DrainPace } from './drain-pace.ts';

/** When those are to come back whom nobody had time for, each behind all that were asked before it. */
export interface Invitations {
  /** Milliseconds after which the device is to come back; one that was invited before keeps its turn. */
  invite(deviceId: string, waiting: number, messagesAhead: number): number;
  /** Milliseconds until it is this device's turn. */
  waitMs(deviceId: string, messagesAhead: number): number;
  forget(deviceId: string): void;
}

/** That one is called before its time, so that the hub need not wait for it. */
const LEAD_MS = 2_000;
const SHORTEST_MS = 1_000;
const LONGEST_MS = 3_600_000;
const MAX_INVITED = 100_000;

export function invitations(clock: Clock, random: Random, pace: DrainPace): Invitations {
  /** When each was told to come, by the clock's monotonic time. */
  const invited = new Map<string, number>();
  /** When all that were invited will have brought what they have. */
  let bookedUntil = 0;

  const book = (waiting: number, messagesAhead: number): number => {
    const begin = Math.max(bookedUntil, clock.monotonic() + pace.msFor(messagesAhead));
    bookedUntil = begin + pace.msFor(waiting);
    return begin;
  };

  return {
    invite(deviceId, waiting, messagesAhead) {
      const now = clock.monotonic();
      const begin = invited.has(deviceId) ? now + pace.msFor(messagesAhead) : book(waiting, messagesAhead);
      const pause = begin - now - LEAD_MS + random.number() * SHORTEST_MS;
      const retryAfterMs = Math.round(Math.min(LONGEST_MS, Math.max(SHORTEST_MS, pause)));
      invited.set(deviceId, now + retryAfterMs);
      const [oldest] = invited.keys();
      if (invited.size > MAX_INVITED && oldest !== undefined) invited.delete(oldest);
      return retryAfterMs;
    },
    waitMs(deviceId, messagesAhead) {
      const turn = invited.get(deviceId) ?? bookedUntil;
      return Math.max(pace.msFor(messagesAhead), turn - clock.monotonic());
    },
    forget: (deviceId) => void invited.delete(deviceId),
  };
}
