import { deadlineSignal, isSkerryError } from '@skerry/kit';
import { agentError } from '../errors.ts';
import type { Pace } from '../pace.ts';
import { betterWay, isDue, nameOf, type Setback, setBack, tryOrder, type Way, waysOf } from './choose.ts';
import { fellSilent, keepAlives } from './keep-alive.ts';
import type { LinkConnection } from './link.ts';
import { type RelayListener, relayListener } from './relay-listener.ts';
import type { WireOptions, Wires } from './ways.ts';

export interface TryWaysOptions extends WireOptions {
  readonly wires: Wires;
  /** That of now. */
  readonly currentPace: () => Pace;
}

/** A connection, and how it came about. */
export interface Held {
  readonly way: Way;
  readonly keepAliveMs: number;
  readonly connection: LinkConnection;
  readonly relay: RelayListener;
  /** Monotonic, ms. */
  readonly since: number;
}

/** Ways to the hub, and what is remembered of each. */
export interface TryWays {
  /** A connection by the best way that works. Rejects with what is the matter when none does. */
  openAny(signal: AbortSignal): Promise<Held>;
  /** By this way; when it does not work, it is left alone for a while. */
  open(way: Way, signal: AbortSignal): Promise<Held>;
  /** By what another would be better than this connection, and is due; undefined when nothing is. */
  better(held: Held): Way | undefined;
  /** It has ended, and nobody here wanted it to. */
  lost(held: Held, why: string): void;
}

/** After a restart of the hub thousands may be before us; who is not there at all is found out by `dial`. */
const CONNECT_DEADLINE_MS = 60_000;
/** Something on the way may let connections in and not let them live. */
const SHORT_LIFE_MS = 30_000;
const MOST_SHORT_LIVES = 3;

export function tryWays(options: TryWaysOptions): TryWays {
  const { self, clock, random, logger, wires, currentPace } = options;
  const setbacks = new Map<string, Setback>();
  const shortLives = new Map<string, number>();
  const keepAlive = keepAlives();

  const ways = () => waysOf(currentPace().transports, self.identity.addresses);

  const block = (way: Way) => {
    const name = nameOf(way);
    const longestMs = currentPace().retryMs;
    setbacks.set(name, setBack(setbacks.get(name), clock.monotonic(), longestMs, random.number()));
  };

  const connect = async (way: Way, signal: AbortSignal): Promise<Held> => {
    const relay = relayListener();
    const address = new URL(way.address);
    const what = `connecting to ${address.host} (${way.transport})`;
    const limited = deadlineSignal(CONNECT_DEADLINE_MS, clock, what, signal);
    const name = nameOf(way);
    const paced = currentPace();
    const pace = { ...paced, keepAliveMs: keepAlive.of(name, paced.keepAliveMs) };
    try {
      const opening = { address, listener: relay, pace, signal: limited.signal };
      const connection = await wires[way.transport](opening, options);
      keepAlive.opened(name);
      return { way, keepAliveMs: pace.keepAliveMs, connection, relay, since: clock.monotonic() };
    } catch (error) {
      keepAlive.failed(name);
      throw error;
    } finally {
      limited.stop();
    }
  };

  return {
    async openAny(signal) {
      const failed: Way[] = [];
      const errors: unknown[] = [];
      for (const way of tryOrder(ways(), setbacks, clock.monotonic())) {
        try {
          const held = await connect(way, signal);
          for (const lost of failed) block(lost);
          return held;
        } catch (error) {
          if (signal.aborted) throw error;
          failed.push(way);
          errors.push(error);
        }
      }
      // When none works, it is not for their own sake.
      throw noWay(errors);
    },

    async open(way, signal) {
      try {
        const held = await connect(way, signal);
        setbacks.delete(nameOf(way));
        return held;
      } catch (error) {
        if (!signal.aborted) block(way);
        logger.debug('a better way to the hub is not open', { way: nameOf(way), error });
        throw error;
      }
    },

    better({ way, keepAliveMs, since }) {
      const now = clock.monotonic();
      const name = nameOf(way);
      keepAlive.lived(name, keepAliveMs, now - since);
      const isOther = keepAlive.of(name, currentPace().keepAliveMs) !== keepAliveMs;
      const again = isOther && isDue(way, setbacks, now) ? way : undefined;
      return betterWay(ways(), way, setbacks, now) ?? again;
    },

    lost({ way, since, keepAliveMs }, why) {
      const name = nameOf(way);
      if (why === fellSilent) keepAlive.fellSilent(name, keepAliveMs);
      const lives = clock.monotonic() - since < SHORT_LIFE_MS ? (shortLives.get(name) ?? 0) + 1 : 0;
      shortLives.set(name, lives % MOST_SHORT_LIVES);
      if (lives === MOST_SHORT_LIVES) block(way);
    },
  };
}

/** One error for all: that of a certificate says the most; else what each says. */
function noWay(errors: readonly unknown[]): unknown {
  const telling = errors.find((error) => isSkerryError(error, 'CertificateRefused'));
  if (telling || errors.length === 1) return telling ?? errors[0];
  const details = [...new Set(errors.map((error) => (error as Error).message))];
  const detail = details.length > 0 ? details.join('; ') : 'the hub has no address that this agent can use';
  return agentError('Unreachable', detail, { cause: errors[0] });
}
