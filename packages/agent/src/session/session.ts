import { features, type Hello, type Inventory, protocolVersion, type Welcome } from '@skerry/contracts';
import { type Clock, describeError, type Logger, type Random, type Stop, uuidv7 } from '@skerry/kit';
import type { Link, LinkConnection } from '../link/link.ts';
import type { Reporter } from '../report/reporter.ts';
import { inTurn } from '../uplink/in-turn.ts';
import type { Uplink } from '../uplink/uplink.ts';
import { reconnectDelay } from './reconnect.ts';

export interface LinkState {
  readonly connected: boolean;
  /** Where to, or why not. */
  readonly detail: string;
}

export interface SessionOptions {
  readonly link: Link;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly uplink: Uplink;
  readonly reporter: Reporter;
  readonly bootId: string;
  readonly inventory: Inventory;
  /** The hub has welcomed us. */
  readonly onWelcome: (welcome: Welcome) => void;
  /** The hub says: look, the desired state has this ETag. */
  readonly onNudge: (etag: string) => void;
}

export interface Sessions {
  readonly state: LinkState;
  start(): void;
  /** Does not wait any longer for the next try. */
  tryNow(): void;
  stop(): Promise<void>;
}

const WELCOME_DEADLINE_MS = 15_000;
/** Between two hellos on one connection: at once, then with growing pauses. */
const HELLO_PAUSE_MS = 500;
const MAX_HELLO_PAUSE_MS = 60_000;

/**
 * The device's sessions, one after the other, for as long as it runs.
 *
 *     waiting ──▶ connecting ──▶ hello ──welcome──▶ live ──lost──▶ waiting
 *                                  ▲                 │
 *                                  └─ a stream has to be settled anew
 */
export function sessions(options: SessionOptions): Sessions {
  const { link, clock, random, logger } = options;
  const life = new AbortController();
  let state: LinkState = { connected: false, detail: 'not connected yet' };
  let wake = () => {};
  let failures = 0;
  let running: Promise<void> | undefined;

  const converse = async (): Promise<string> => {
    let conversation: Conversation | undefined;
    const connection = await link.connect(
      {
        welcome: (welcome) => conversation?.welcome(welcome),
        ack: (ack) => options.uplink.ack(ack),
        nudge: ({ desired }) => options.onNudge(desired),
      },
      life.signal,
    );
    conversation = openConversation(connection, options, () => {
      failures = 0;
      state = { connected: true, detail: connection.address };
    });
    const close = () => void connection.close();
    life.signal.addEventListener('abort', close);
    try {
      return await connection.ended;
    } finally {
      life.signal.removeEventListener('abort', close);
      conversation.end();
    }
  };

  const pause = async () => {
    const awake = new AbortController();
    wake = () => awake.abort();
    const delay = reconnectDelay(++failures, random.number());
    await clock.sleep(delay, AbortSignal.any([life.signal, awake.signal])).catch(() => {});
  };

  const run = async () => {
    while (!life.signal.aborted) {
      const why = await converse().catch(describeError);
      if (life.signal.aborted) return;
      state = { connected: false, detail: why };
      logger.warn('not connected to the hub', { why });
      await pause();
    }
  };

  return {
    get state() {
      return state;
    },
    start() {
      running ??= run();
    },
    tryNow: () => wake(),
    async stop() {
      life.abort(new Error('stopping'));
      await running;
    },
  };
}

interface Conversation {
  welcome(welcome: Welcome): void;
  end(): void;
}

/** What is said on one connection: hello and welcome, and again whenever a stream has to be settled anew. */
function openConversation(
  connection: LinkConnection,
  options: SessionOptions,
  onLive: () => void,
): Conversation {
  const { clock, random, logger, uplink, reporter } = options;
  const turn = inTurn();
  let current: string | undefined;
  let hellos = 0;
  let stopTimer: Stop = () => {};

  const quiet = () => {
    stopTimer();
    current = undefined;
    uplink.end();
    reporter.end();
  };

  const hello = async () => {
    const session = uuidv7(clock, random);
    current = session;
    const { bootId, inventory } = options;
    const streams = await uplink.states();
    if (current !== session) return;
    const message: Hello = {
      protocol: protocolVersion,
      features: [...features],
      session,
      bootId,
      streams,
      inventory,
    };
    connection.hello(message);
    stopTimer = clock.timer(WELCOME_DEADLINE_MS, () => void connection.close());
  };

  const sayHello = () => {
    turn(hello).catch((error) => {
      logger.error('no session can be begun', { error });
      void connection.close();
    });
  };

  const sayHelloAnew = () => {
    quiet();
    const pauseMs = hellos < 2 ? 0 : Math.min(MAX_HELLO_PAUSE_MS, HELLO_PAUSE_MS * 2 ** Math.min(hellos, 20));
    hellos += 1;
    stopTimer = clock.timer(pauseMs, sayHello);
  };

  const live = async (welcome: Welcome) => {
    const { session } = welcome;
    if (session !== current) return;
    stopTimer();
    onLive();
    options.onWelcome(welcome);
    reporter.begin({ id: session, connection, held: welcome.reportVersion });
    const onAnew = () => session === current && sayHelloAnew();
    await uplink.begin({ id: session, connection, onAnew }, welcome.streams);
    if (session !== current) uplink.end();
  };

  sayHello();
  return {
    welcome(message) {
      turn(() => live(message)).catch((error) => {
        logger.error('the session cannot go on', { error });
        void connection.close();
      });
    },
    end: quiet,
  };
}
