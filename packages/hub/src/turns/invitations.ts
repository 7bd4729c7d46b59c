import type { Clock, Random } from '@skerry/kit';
import type { DrainPace } from './drain-pace.ts';

/** The line of those for whom there was no place: each is told when to come back, behind all who came before. */
export interface Invitations {
  /** Puts a device in line, or leaves it where it stands. Milliseconds after which it is to come back. */
  invite(deviceId: string, amount: number, amountAhead: number): number;
  /** Milliseconds until it is this device's turn, as fast as things go now. */
  waitMs(deviceId: string, amountAhead: number): number;
  forget(deviceId: string): void;
}

interface Invited {
  readonly amount: number;
  /** When it was told to come, by the clock's monotonic time. */
  readonly at: number;
}

/** That one is called before its time, so that the hub need not wait for it. */
const LEAD_MS = 2_000;
const SHORTEST_MS = 1_000;
/** What those ahead bring may turn out to take no time of the hub's: then nobody is to be away for hours. */
const LONGEST_MS = 900_000;
/** Whoever is so late does not come. */
const MOST_LATE_MS = 30_000;
const MAX_INVITED = 20_000;

export function invitations(clock: Clock, random: Random, pace: DrainPace): Invitations {
  /** In the order of their turns. */
  const invited = new Map<string, Invited>();

  const amountBefore = (deviceId: string): number => {
    const gone = clock.monotonic() - MOST_LATE_MS;
    let sum = 0;
    for (const [id, { amount, at }] of invited) {
      if (id === deviceId) break;
      if (at < gone) invited.delete(id);
      else sum += amount;
    }
    return sum;
  };

  const waitMs = (deviceId: string, amountAhead: number): number =>
    pace.msFor(amountAhead + amountBefore(deviceId));

  return {
    invite(deviceId, amount, amountAhead) {
      const pause = waitMs(deviceId, amountAhead) - LEAD_MS + random.number() * SHORTEST_MS;
      const retryAfterMs = Math.round(Math.min(LONGEST_MS, Math.max(SHORTEST_MS, pause)));
      // Those beyond come without a turn, and may well be told again.
      if (invited.has(deviceId) || invited.size < MAX_INVITED)
        invited.set(deviceId, { amount, at: clock.monotonic() + retryAfterMs });
      return retryAfterMs;
    },
    waitMs,
    forget: (deviceId) => void invited.delete(deviceId),
  };
}
