import { findCode } from '@skerry/contracts';
import { describeError } from '@skerry/kit';
import type { Waiting } from '../identity/introduction.ts';
import type { Link, LinkConnection } from '../link/link.ts';
import { type Conversation, type ConversationOptions, openConversation } from './conversation.ts';
import { type Invitation, reconnect } from './reconnect.ts';

export interface LinkState {
  readonly connected: boolean;
  /** Where to, or why not. */
  readonly detail: string;
  /** Until the next try, while one is waited for. */
  readonly nextTryMs?: number | undefined;
}

export interface SessionOptions extends ConversationOptions {
  readonly link: Link;
  /** The hub says: look, the desired state has this ETag. */
  readonly onNudge: (etag: string) => void;
  /** The longest pause between two tries to reach a hub that is away. */
  readonly reconnectMs: () => number;
  /** Asks the hub why it takes no connection of this device. */
  readonly introduce: (signal: AbortSignal) => Promise<Waiting | undefined>;
}

export interface Sessions {
  readonly state: LinkState;
  start(): void;
  /** Does not wait any longer for the next try. */
  tryNow(): void;
  /** Something urgent waits: the next tries come within a minute. */
  hurry(): void;
  stop(): Promise<void>;
}

/**
 * The device's sessions, one after the other, for as long as it runs.
 *
 *     waiting ──▶ connecting ──▶ hello ──welcome──▶ live ──lost──▶ waiting
 *                                  ▲                 │
 *                                  └─ a stream has to be settled anew
 */
export function sessions(options: SessionOptions): Sessions {
  const { link, random, logger } = options;
  const tries = reconnect({ ...options, longestMs: options.reconnectMs });
  const life = new AbortController();
  let state: LinkState = { connected: false, detail: 'not connected yet' };
  let invited: Invitation | undefined;
  let refusal: string | undefined;
  let running: Promise<void> | undefined;

  const converse = async (): Promise<string> => {
    let conversation: Conversation | undefined;
    let connection: LinkConnection | undefined;
    const close = () => void connection?.close();
    connection = await link.connect(
      {
        welcome: (welcome) => conversation?.welcome(welcome),
        busy: ({ retryAfterMs, reason = 'Unavailable' }) => {
          invited = { afterMs: retryAfterMs, isFirm: reason !== 'Unavailable' };
          refusal = `${findCode(reason)?.title ?? reason}; the hub wants it back in ${Math.round(retryAfterMs / 1000)} s (${reason})`;
          close();
        },
        ack: (ack) => options.uplink.ack(ack),
        nudge: ({ desired }) => options.onNudge(desired),
        command: (command) => conversation?.command(command),
      },
      life.signal,
    );
    // It may have come about just then.
    if (life.signal.aborted) {
      await connection.close();
      return 'stopping';
    }
    conversation = openConversation(connection, options, () => {
      tries.reached();
      state = { connected: true, detail: connection.address };
    });
    life.signal.addEventListener('abort', close);
    try {
      return await connection.ended;
    } finally {
      life.signal.removeEventListener('abort', close);
      conversation.end();
    }
  };

  /** The hub may have more to say than that it does not take the connection. */
  const whyNot = async (error: unknown): Promise<string> => {
    const waiting = life.signal.aborted ? undefined : await options.introduce(life.signal);
    if (waiting) invited = { afterMs: waiting.retryAfterMs * (0.5 + random.number()), isFirm: true };
    return waiting?.detail ?? describeError(error);
  };

  const run = async () => {
    while (!life.signal.aborted) {
      const why = await converse().catch(whyNot);
      if (life.signal.aborted) return;
      state = { connected: false, detail: refusal ?? why };
      refusal = undefined;
      logger.warn('not connected to the hub', { why });
      const pause = tries.pause(invited);
      invited = undefined;
      await pause;
    }
  };

  return {
    get state() {
      return { ...state, nextTryMs: tries.leftMs };
    },
    start() {
      running ??= run();
    },
    tryNow: tries.now,
    hurry: tries.hurry,
    async stop() {
      life.abort(new Error('stopping'));
      tries.now();
      await running;
    },
  };
}
