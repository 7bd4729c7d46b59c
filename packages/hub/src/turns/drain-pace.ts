import type { Clock } from '@skerry/kit';

/** How fast the hub does what many want of it, as measured while as much of that went on as it wants. */
export interface DrainPace {
  /** How long so much takes, in ms. */
  msFor(amount: number): number;
  /** So much was done. While the hub could do more, that says nothing of it. */
  took(amount: number, isAtItsMost: boolean): void;
}

export interface DrainPaceOptions {
  /** In a second, before anything was measured. */
  readonly firstGuess: number;
  /** Over so much one measurement goes. */
  readonly measured: number;
}

/**
 * How much a measurement counts against those before it. One that was slow counts for less: who is told to come too
 * early asks again, but while those come too late who were told so in a slow moment, such as that of a thousand
 * handshakes, there is nothing to do, and nothing to measure.
 */
const WEIGHT = { quicker: 0.3, slower: 0.1 };
/** How much of what it seemed slower than at first is forgotten with everything done while the hub could do more. */
const FORGOTTEN = 0.02;

export function drainPace(clock: Clock, { firstGuess, measured }: DrainPaceOptions): DrainPace {
  const first = 1000 / firstGuess;
  let msEach = first;
  let since: number | undefined;
  let count = 0;
  return {
    msFor: (amount) => amount * msEach,
    took(amount, isAtItsMost) {
      const now = clock.monotonic();
      if (!isAtItsMost) msEach -= FORGOTTEN * Math.max(0, msEach - first);
      if (!isAtItsMost || since === undefined) {
        since = isAtItsMost ? now : undefined;
        count = 0;
        return;
      }
      count += amount;
      if (count < measured) return;
      const seen = (now - since) / count;
      msEach += WEIGHT[seen < msEach ? 'quicker' : 'slower'] * (seen - msEach);
      since = now;
      count = 0;
    },
  };
}
