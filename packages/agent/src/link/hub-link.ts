import { every } from '@skerry/kit';
import type { Self } from '../self.ts';
import { hubDocuments } from './documents.ts';
import type { Link, LinkConnection, LinkListener } from './link.ts';
import { type Held, type TryWaysOptions, tryWays } from './try-ways.ts';

/** How soon it is seen that a better way is due, or that the hub has moved. */
const LOOK_MS = 5_000;

export interface HubLinkOptions extends TryWaysOptions {
  readonly self: Self;
}

/**
 * The link to the hub by whichever way works, the best first. When a lesser one has to do, the better ones are tried
 * beside it now and then; the hub takes the newer of two connections, so moving over costs a session and no more. What
 * the hub says to the older one then is not for the session: another device under our name did not come.
 *
 *     connected ──a better way is due──▶ trying it ──works──▶ in hand ──the session's next connect──▶ connected
 *                                            └──does not work: later again
 */
export function hubLink(options: HubLinkOptions): Link {
  const { self, clock, logger } = options;
  const ways = tryWays(options);
  let trying: Promise<void> | undefined;
  /** A better connection, for the session that comes next. */
  let inHand: Held | undefined;
  let forgetLast = () => {};

  const takeInHand = () => {
    const held = inHand;
    inHand = undefined;
    return held;
  };

  /** The connection that works is ended only once the better one is there. */
  const move = async (current: Held, signal: AbortSignal): Promise<void> => {
    const better = ways.better(current);
    if (!better) return;
    inHand = await ways.open(better, signal);
    logger.info('a better way to the hub is open', { to: inHand.connection.address });
    await current.connection.close();
  };

  const look = (current: Held, signal: AbortSignal) => {
    if (trying || inHand) return;
    trying = move(current, signal)
      .catch(() => {})
      .finally(() => {
        trying = undefined;
      });
  };

  /** What the session gets: the connection, watched for as long as it lives. */
  const watched = (held: Held, listener: LinkListener, signal: AbortSignal): LinkConnection => {
    const { connection, relay, way } = held;
    const life = new AbortController();
    relay.to({
      ...listener,
      busy(busy) {
        const isOurs = busy.reason === 'SessionTakenOver' && (trying !== undefined || inHand !== undefined);
        if (!isOurs) listener.busy(busy);
      },
    });
    void self.reached(way.address);
    const stopLooking = every(clock, LOOK_MS, () => look(held, life.signal));
    /** The session does not want to go on: nobody is there to take what is in hand. */
    const leave = async () => {
      life.abort(new Error('the session is over'));
      await trying;
      await takeInHand()?.connection.close();
    };
    const stop = () => void leave();
    signal.addEventListener('abort', stop);
    forgetLast = () => signal.removeEventListener('abort', stop);
    connection.ended.then((why) => {
      stopLooking();
      if (!life.signal.aborted && !trying && !inHand) ways.lost(held, why);
    });
    return {
      ...connection,
      close: async () => void (await Promise.all([leave(), connection.close()])),
    };
  };

  return {
    ...hubDocuments(self.hub),
    async connect(listener, signal) {
      await trying;
      forgetLast();
      return watched(takeInHand() ?? (await ways.openAny(signal)), listener, signal);
    },
  };
}
