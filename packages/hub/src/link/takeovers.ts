import type { Clock, Random } from '@skerry/kit';

/**
 * How often a newer connection of a device takes the place of its older one (MQTT 3.1.1 §3.1.4). Two clones that are
 * both connected do so in turn; each time the one that has to go is sent away for longer, so that they share the
 * device's name in turns of up to a quarter of an hour, and all that both have comes in.
 */
export interface Takeovers {
  /** Counts one. False when it is too soon, as for those that do not wait: the older connection stays. */
  allow(deviceId: string): boolean;
  /** How long one of them stays away, ms. */
  waitMs(deviceId: string): number;
}

const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** A connection that lasted for so long begins the count anew: longer than anybody is sent away. */
const LASTED_MS = 2 * LONGEST_WAIT_MS;
/** So many a device may have as fast as it likes, as over a network that breaks all the time. */
const FREE = 10;
const EVERY_MS = 10_000;

interface Count {
  readonly takeovers: number;
  /** When the last one was; monotonic, ms. */
  readonly at: number;
}

export function takeovers({ clock, random }: { clock: Clock; random: Random }): Takeovers {
  /** Those of late, the oldest first. */
  const counts = new Map<string, Count>();

  const forgetOld = (now: number) => {
    for (const [deviceId, { at }] of counts) {
      if (now - at < LASTED_MS) return;
      counts.delete(deviceId);
    }
  };

  return {
    allow(deviceId) {
      const now = clock.monotonic();
      forgetOld(now);
      const before = counts.get(deviceId);
      if (before && before.takeovers >= FREE && now - before.at < EVERY_MS) return false;
      counts.delete(deviceId);
      counts.set(deviceId, { takeovers: (before?.takeovers ?? 0) + 1, at: now });
      return true;
    },
    waitMs(deviceId) {
      const { takeovers } = counts.get(deviceId) ?? { takeovers: 1 };
      const bound = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(takeovers - 1, 20));
      return Math.round(bound * (0.75 + random.number() / 2));
    },
  };
}
