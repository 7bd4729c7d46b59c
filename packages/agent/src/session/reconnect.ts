import { type Clock, type Random, soonest } from '@skerry/kit';

const patientAfter = 5;
const baseMs = 1_000;
/** However dear the network is, while something urgent came lately. */
const hurriedMs = 60_000;
const hurriesForMs = 3_600_000;

/**
 * How long to wait before the next try, after `failures` in a row: at first within a second, since a hub that was
 * restarted is back soon; then twice as long each time, up to `longestMs`. With jitter, so that a fleet does not come
 * back as one: from nothing up to the whole bound at first, from half of it once the hub is away for long. Ten thousand
 * devices on wires that have tried in vain for an hour then meet it at no more than 230 a second.
 */
export function reconnectDelay(failures: number, random: number, longestMs: number): number {
  const doublings = Math.min(20, Math.max(0, failures - patientAfter));
  const bound = Math.min(longestMs, baseMs * 2 ** doublings);
  return Math.floor(doublings === 0 ? random * bound : (bound * (1 + random)) / 2);
}

/** When the hub itself wants a device back. */
export interface Invitation {
  /** Milliseconds from now. */
  readonly afterMs: number;
  /** Not even for something urgent before; else it only has too much to do for the rest. */
  readonly isFirm: boolean;
}

/** The pauses between two tries to reach the hub. */
export interface Reconnect {
  /** Until the next try; undefined while none is waited for. */
  readonly leftMs: number | undefined;
  /** Waits for the next try. When the hub said itself when it wants us back, that counts alone. */
  pause(invited?: Invitation): Promise<void>;
  /** Ends the pause. */
  now(): void;
  /** Something urgent came: for an hour no pause of our own is longer than a minute, nor is this one, where it may be. */
  hurry(): void;
  /** The hub was reached: the next tries come soon again. */
  reached(): void;
}

export interface ReconnectOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** As the site's network wants it now. */
  readonly longestMs: () => number;
}

export function reconnect({ clock, random, longestMs }: ReconnectOptions): Reconnect {
  let failures = 0;
  let hurriedAt = Number.NEGATIVE_INFINITY;
  let pausing = { since: 0, isFirm: false, end: () => {} };
  const next = soonest(clock, () => pausing.end());

  const boundMs = () => {
    const isHurried = clock.monotonic() - hurriedAt < hurriesForMs;
    return isHurried ? Math.min(hurriedMs, longestMs()) : longestMs();
  };

  return {
    get leftMs() {
      return next.leftMs;
    },
    pause: (invited) =>
      new Promise((end) => {
        pausing = { since: clock.monotonic(), isFirm: invited?.isFirm === true, end };
        next.within(invited?.afterMs ?? reconnectDelay(++failures, random.number(), boundMs()));
      }),
    now() {
      next.stop();
      pausing.end();
    },
    hurry() {
      hurriedAt = clock.monotonic();
      const isWaiting = next.leftMs !== undefined && !pausing.isFirm;
      if (isWaiting) next.within(Math.max(0, pausing.since + hurriedMs - hurriedAt));
    },
    reached() {
      failures = 0;
    },
  };
}
