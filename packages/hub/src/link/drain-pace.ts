import type { Clock } from '@skerry/kit';

/** How fast the hub takes what returning devices bring, as measured while it had as much of that as it wants. */
export interface DrainPace {
  /** How long so many messages take, in ms. */
  msFor(messages: number): number;
  /** So many were taken. While not all places are taken, that says nothing of the hub. */
  took(messages: number, allPlacesTaken: boolean): void;
}

/** Before anything was measured: 20,000 messages a second. */
const FIRST_GUESS = 1000 / 20_000;
/** Messages over which one measurement goes. */
const MEASURED = 5_000;
/** How much a measurement counts against those before it. */
const WEIGHT = 0.2;

export function drainPace(clock: Clock): DrainPace {
  let msPerMessage = FIRST_GUESS;
  let since: number | undefined;
  let count = 0;
  return {
    msFor: (messages) => messages * msPerMessage,
    took(messages, allPlacesTaken) {
      const now = clock.monotonic();
      if (!allPlacesTaken || since === undefined) {
        since = allPlacesTaken ? now : undefined;
        count = 0;
        return;
      }
      count += messages;
      if (count < MEASURED) return;
      msPerMessage += WEIGHT * ((now - since) / count - msPerMessage);
      since = now;
      count = 0;
    },
  };
}
