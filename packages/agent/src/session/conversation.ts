import { createHash } from 'node:crypto';
import {
  type Command,
  features,
  type Hello,
  type Inventory,
  protocolVersion,
  type Welcome,
} from '@skerry/contracts';
import { type Clock, inTurn, type Logger, type Random, type Stop, uuidv7 } from '@skerry/kit';
import type { Commands } from '../commands/commands.ts';
import type { LinkConnection } from '../link/link.ts';
import type { Reporter } from '../report/reporter.ts';
import type { AgentState } from '../state/state.ts';
import type { Uplink } from '../uplink/uplink.ts';

export interface ConversationOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly uplink: Uplink;
  readonly reporter: Reporter;
  readonly commands: Pick<Commands, 'take'>;
  readonly bootId: string;
  /** Boots that this device's messages name, and milliseconds since each. */
  readonly boots: () => NonNullable<Hello['boots']>;
  readonly inventory: Inventory;
  readonly state: Pick<AgentState, 'recall' | 'remember'>;
  /** The hub has welcomed us. */
  readonly onWelcome: (welcome: Welcome) => void;
}

const WELCOME_DEADLINE_MS = 15_000;
/** Between two hellos on one connection: at once, then with growing pauses. */
const HELLO_PAUSE_MS = 500;
const MAX_HELLO_PAUSE_MS = 60_000;
/** A session that has lived for so long was a good one: what happens next has nothing to do with what was before it. */
const GOOD_SESSION_MS = 300_000;

export interface Conversation {
  welcome(welcome: Welcome): void;
  command(command: Command): void;
  end(): void;
}

/** What is said on one connection: hello and welcome, and again whenever a stream has to be settled anew. */
export function openConversation(
  connection: LinkConnection,
  options: ConversationOptions,
  /** The session goes on; one that cannot, as on a full disk, is as good as a refusal. */
  onLive: () => void,
): Conversation {
  const { clock, random, logger, uplink, reporter, state } = options;
  const turn = inTurn();
  let current: string | undefined;
  let hellos = 0;
  let liveSince: number | undefined;
  let stopTimer: Stop = () => {};

  const quiet = () => {
    stopTimer();
    if (current !== undefined) uplink.end(current);
    current = undefined;
    reporter.end();
  };

  const hello = async (session: string) => {
    const { bootId, boots, inventory } = options;
    const streams = await uplink.states();
    if (current !== session) return;
    const continuation = state.recall('continuationSecret');
    const message: Hello = {
      protocol: protocolVersion,
      features: [...features],
      session,
      bootId,
      streams,
      boots: boots(),
      inventory,
      ...(continuation !== undefined && { continuation }),
    };
    connection.hello(message);
    stopTimer = clock.timer(WELCOME_DEADLINE_MS, () => void connection.close());
  };

  const sayHello = () => {
    const session = uuidv7(clock, random);
    current = session;
    turn(() => hello(session)).catch((error) => {
      logger.error('no session can be begun', { error });
      void connection.close();
    });
  };

  const sayHelloAnew = () => {
    quiet();
    if (liveSince !== undefined && clock.monotonic() - liveSince >= GOOD_SESSION_MS) hellos = 0;
    liveSince = undefined;
    const pauseMs = hellos < 2 ? 0 : Math.min(MAX_HELLO_PAUSE_MS, HELLO_PAUSE_MS * 2 ** Math.min(hellos, 20));
    hellos += 1;
    stopTimer = clock.timer(pauseMs, sayHello);
  };

  /** Confirmed only once it is stored: one that a full disk refused leaves the older one good. */
  const keep = (session: string, secret: string) => {
    try {
      state.remember('continuationSecret', secret);
    } catch (error) {
      logger.error('the secret by which the hub knows this device was not kept', { error });
      return;
    }
    const stored = createHash('sha256').update(secret).digest('hex');
    connection.confirm({ session, stored });
  };

  const live = async (welcome: Welcome) => {
    const { session } = welcome;
    if (session !== current) return;
    stopTimer();
    if (welcome.continuation !== undefined) keep(session, welcome.continuation);
    options.onWelcome(welcome);
    reporter.begin({ id: session, connection, held: welcome.reportVersion });
    const onAnew = () => session === current && sayHelloAnew();
    await uplink.begin({ id: session, connection, onAnew }, welcome.streams);
    if (session !== current) return;
    liveSince = clock.monotonic();
    onLive();
  };

  sayHello();
  return {
    welcome(message) {
      turn(() => live(message)).catch((error) => {
        logger.error('the session cannot go on', { error });
        void connection.close();
      });
    },
    command(command) {
      if (command.session === current) options.commands.take(command, (answer) => connection.answer(answer));
    },
    end: quiet,
  };
}
