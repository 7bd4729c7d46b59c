import type { Clock } from '@skerry/kit';

/** How fast the hub does what many want of it, as measured while as much of that went on as it wants. */
export interface DrainPace {
  /** How long so much takes, in ms. */
  msFor(amount: number): number;
  /** So much was done. While not all places are taken, that says nothing of the hub. */
  took(amount: number, allPlacesTaken: boolean): void;
}

export interface DrainPaceOptions {
  /** In a second, before anything was measured. */
  readonly firstGuess: number;
  /** Over so much one measurement goes. */
  readonly measured: number;
}

/** How much a measurement counts against those before it. */
const WEIGHT = 0.2;

export function drainPace(clock: Clock, { firstGuess, measured }: DrainPaceOptions): DrainPace {
  let msEach = 1000 / firstGuess;
  let since: number | undefined;
  let count = 0;
  return {
    msFor: (amount) => amount * msEach,
    took(amount, allPlacesTaken) {
      const now = clock.monotonic();
      if (!allPlacesTaken || since === undefined) {
        since = allPlacesTaken ? now : undefined;
        count = 0;
        return;
      }
      count += amount;
      if (count < measured) return;
      msEach += WEIGHT * ((now - since) / count - msEach);
      since = now;
      count = 0;
    },
  };
}
