import { deadlineSignal, every, isSkerryError } from '@skerry/kit';
import { agentError } from '../errors.ts';
import type { Pace } from '../pace.ts';
import type { Self } from '../self.ts';
import { betterWay, nameOf, type Setback, setBack, tryOrder, type Way, waysOf } from './choose.ts';
import { hubDocuments } from './documents.ts';
import { openHttps } from './https/https-connection.ts';
import type { Link, LinkConnection, LinkListener } from './link.ts';
import { openMqttOverTls, openMqttOverWs } from './mqtt/mqtt-connection.ts';
import { type RelayListener, relayListener } from './relay-listener.ts';
import type { Transport } from './transport.ts';
import type { OpenConnection, WireOptions } from './ways.ts';

const open: Readonly<Record<Transport, OpenConnection>> = {
  'mqtt-ws': openMqttOverWs,
  'mqtt-tls': openMqttOverTls,
  https: openHttps,
};

const CONNECT_DEADLINE_MS = 15_000;
/** How soon it is seen that a better way is due, or that the hub has moved. */
const LOOK_MS = 5_000;
/** Something on the way may let connections in and not let them live. */
const SHORT_LIFE_MS = 30_000;
const MOST_SHORT_LIVES = 3;

export interface HubLinkOptions extends Omit<WireOptions, 'self'> {
  readonly self: Self;
  /** That of now. */
  readonly currentPace: () => Pace;
}

/** A connection of ours, and how it came about. */
interface Held {
  readonly way: Way;
  readonly keepAliveMs: number;
  readonly connection: LinkConnection;
  readonly relay: RelayListener;
}

/**
 * The link to the hub by whichever way works, the best first. When a lesser one has to do, the better ones are tried
 * beside it now and then; the hub prefers the newer of two connections, so moving over costs a session and no more.
 */
export function hubLink(options: HubLinkOptions): Link {
  const { self, clock, random, logger, currentPace } = options;
  const setbacks = new Map<string, Setback>();
  const shortLives = new Map<string, number>();
  /** A better connection, for the session that comes next. */
  let inHand: Held | undefined;
  let trying: Promise<void> | undefined;

  const ways = () => waysOf(currentPace().transports, self.identity.addresses);

  const openWay = async (way: Way, signal: AbortSignal): Promise<Held> => {
    const relay = relayListener();
    const address = new URL(way.address);
    const what = `connecting to ${address.host} (${way.transport})`;
    const limited = deadlineSignal(CONNECT_DEADLINE_MS, clock, what, signal);
    try {
      const opening = { address, listener: relay, pace: currentPace(), signal: limited.signal };
      const connection = await open[way.transport](opening, options);
      return { way, keepAliveMs: opening.pace.keepAliveMs, connection, relay };
    } finally {
      limited.stop();
    }
  };

  const block = (way: Way) => {
    const name = nameOf(way);
    setbacks.set(
      name,
      setBack(setbacks.get(name), clock.monotonic(), currentPace().retryMs, random.number()),
    );
  };

  /** When no way works, it is none of them that is to blame. */
  const openAny = async (signal: AbortSignal): Promise<Held> => {
    const failed: { way: Way; error: unknown }[] = [];
    for (const way of tryOrder(ways(), setbacks, clock.monotonic())) {
      try {
        const held = await openWay(way, signal);
        for (const { way: lost } of failed) block(lost);
        return held;
      } catch (error) {
        if (signal.aborted) throw error;
        failed.push({ way, error });
      }
    }
    throw noWay(failed.map(({ error }) => error));
  };

  /** Opens a better way beside the one that works, and ends that one only then. */
  const tryBetter = async (current: Held, better: Way, signal: AbortSignal): Promise<void> => {
    try {
      inHand = await openWay(better, signal);
      setbacks.delete(nameOf(better));
      logger.info('moving to a better way to the hub', { to: inHand.connection.address });
      await current.connection.close();
    } catch (error) {
      if (signal.aborted) return;
      block(better);
      logger.debug('a better way to the hub is not open', { way: nameOf(better), error });
    }
  };

  const wantedInstead = ({ way, keepAliveMs }: Held): Way | undefined => {
    const better = betterWay(ways(), way, setbacks, clock.monotonic());
    return better ?? (keepAliveMs === currentPace().keepAliveMs ? undefined : way);
  };

  const noteLife = ({ way }: Held, since: number) => {
    const name = nameOf(way);
    const lives = clock.monotonic() - since < SHORT_LIFE_MS ? (shortLives.get(name) ?? 0) + 1 : 0;
    shortLives.set(name, lives >= MOST_SHORT_LIVES ? 0 : lives);
    if (lives >= MOST_SHORT_LIVES) block(way);
  };

  /** What the session gets: the connection, watched for as long as it lives. */
  const watched = (held: Held, listener: LinkListener): LinkConnection => {
    const { connection, relay, way } = held;
    const life = new AbortController();
    const since = clock.monotonic();
    relay.to(listener);
    self
      .reached(way.address)
      .catch((error) => logger.warn('an address that works could not be noted', { error }));
    const stopLooking = every(clock, LOOK_MS, () => {
      const better = trying || inHand ? undefined : wantedInstead(held);
      if (!better) return;
      trying = tryBetter(held, better, life.signal).finally(() => {
        trying = undefined;
      });
    });
    let closed = false;
    connection.ended.then(() => {
      stopLooking();
      if (!closed && !trying && !inHand) noteLife(held, since);
    });
    return {
      ...connection,
      async close() {
        closed = true;
        life.abort(new Error('the session is over'));
        await trying;
        await Promise.all([connection.close(), inHand?.connection.close()]);
        inHand = undefined;
      },
    };
  };

  return {
    ...hubDocuments(self.hub),
    async connect(listener, signal) {
      await trying;
      const ready = inHand;
      inHand = undefined;
      return watched(ready ?? (await openAny(signal)), listener);
    },
  };
}

/** One error for all: that of a certificate says the most; else the first, with what the others say. */
function noWay(errors: readonly unknown[]): unknown {
  const telling = errors.find((error) => isSkerryError(error, 'CertificateRefused'));
  if (telling || errors.length === 1) return telling ?? errors[0];
  const details = [...new Set(errors.map((error) => (error as Error).message))];
  const detail = details.length > 0 ? details.join('; ') : 'the hub has no address that this agent can use';
  return agentError('Unreachable', detail, { cause: errors[0] });
}
