import type { Hello } from '@skerry/contracts';
import type { Clock, Random, Stop } from '@skerry/kit';
import { drainPace } from '../turns/drain-pace.ts';
import { invitations } from '../turns/invitations.ts';
import { type Patience, patience } from '../turns/patience.ts';

/** What a device that says hello is told: come in, or come back after so long. */
export type Admitted = 'welcome' | { readonly retryAfterMs: number };

/**
 * Who may come in, when many return at once with what they recorded meanwhile. Whoever has little to bring always
 * may. Of the others only so many bring their backlog at a time; those who are next are held at the door, and those
 * behind them are told when to come back, in the order in which they came.
 *
 *     hello ──little──▶ welcome                 ┌── not soon ──▶ busy, and hello again at its time
 *       └───much──▶ a place is free? ───no──▶ held ──a place──▶ welcome ──all brought, slow or gone──▶ a place is free
 *
 * Who keeps the hub waiting, by its own network, gives its place to another, and goes on beside. Who has an alarm to
 * bring is let in beside at once, up to as many again.
 */
export interface Admission {
  ask(deviceId: string, backlog: Backlog): Promise<Admitted>;
  /** True until the device has brought what it came back with: what it sends gives way to others. */
  isReturning(deviceId: string): boolean;
  /** A batch of it has come. Gives what is to be called once that is dealt with: meanwhile nobody waits for the device. */
  brings(deviceId: string): Stop;
  /** The hub has taken so many of its messages. */
  took(deviceId: string, count: number): void;
  /** The device is gone. */
  left(deviceId: string): void;
  /** Sends away who waits, and waits for nobody; what was taken may still be told of. */
  close(): void;
}

/** What a device holds and knows of no acknowledgement for. */
export interface Backlog {
  readonly messages: number;
  /** Some of them are alarms. */
  readonly hasAlarms: boolean;
}

export interface AdmissionOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** How many bring a backlog at a time. */
  readonly places?: number;
}

/** One that has been let in with a backlog. */
interface Returning {
  left: number;
  /** `beside`: nobody waits for it. */
  standing: 'place' | 'alarm' | 'beside';
  readonly patience: Patience;
}

/** One at the door. */
interface Held {
  readonly waiting: number;
  readonly tell: (admitted: Admitted) => void;
}

const PLACES = 64;
/** Messages that are no backlog: what a busy device makes within a second or two. */
const LITTLE = 500;
/** At the door: less than a device waits for its welcome. */
const LONGEST_HOLD_MS = 8_000;
/** Who is waited for so much longer than it waits loses its place. */
const PATIENCE_MS = 10_000;
/** Messages. */
const PACE = { firstGuess: 20_000, measured: 5_000 };
const SENT_AWAY: Admitted = { retryAfterMs: 1_000 };

export function backlogOf({ streams }: Pick<Hello, 'streams'>): Backlog {
  const waiting = streams.map(({ next, lowest, acknowledged }) =>
    Math.max(0, next - Math.max(lowest, acknowledged + 1)),
  );
  return {
    messages: waiting.reduce((sum, count) => sum + count, 0),
    hasAlarms: streams.some(({ stream }, index) => stream === 'alarm' && waiting[index]! > 0),
  };
}

export function admission({ clock, random, places = PLACES }: AdmissionOptions): Admission {
  const returning = new Map<string, Returning>();
  const held = new Map<string, Held>();
  const pace = drainPace(clock, PACE);
  const invited = invitations(clock, random, pace);
  /** Batches of theirs that are not dealt with. */
  let inWork = 0;
  let isClosed = false;

  const those = (standing: Returning['standing']) =>
    [...returning.values()].filter((one) => one.standing === standing);
  const messagesAhead = () => those('place').reduce((sum, { left }) => sum + left, 0);

  const letIn = (deviceId: string, messages: number, standing: Returning['standing']): Admitted => {
    const giveUp = () => free(one);
    const one: Returning = { left: messages, standing, patience: patience(clock, PATIENCE_MS, giveUp) };
    returning.set(deviceId, one);
    invited.forget(deviceId);
    return 'welcome';
  };

  const free = (one: Returning): void => {
    one.patience.stop();
    const { standing } = one;
    one.standing = 'beside';
    const [next] = held;
    if (standing !== 'place' || !next) return;
    const [deviceId, { waiting, tell }] = next;
    held.delete(deviceId);
    tell(letIn(deviceId, waiting, 'place'));
  };

  const hold = (deviceId: string, waiting: number): Promise<Admitted> =>
    new Promise((resolve) => {
      const tell = (admitted: Admitted) => {
        stop();
        resolve(admitted);
      };
      const stop = clock.timer(LONGEST_HOLD_MS, () => {
        held.delete(deviceId);
        resolve({ retryAfterMs: invited.invite(deviceId, waiting, messagesAhead()) });
      });
      held.set(deviceId, { waiting, tell });
      // It is in line from now on, should it be held in vain.
      invited.invite(deviceId, waiting, messagesAhead());
    });

  const left = (deviceId: string): void => {
    held.get(deviceId)?.tell(SENT_AWAY);
    held.delete(deviceId);
    const one = returning.get(deviceId);
    returning.delete(deviceId);
    if (one) free(one);
  };

  return {
    async ask(deviceId, { messages, hasAlarms }) {
      left(deviceId);
      if (messages <= LITTLE) {
        invited.forget(deviceId);
        return 'welcome';
      }
      if (isClosed) return SENT_AWAY;
      // Nobody is at the door then, and of those who are told to come later who knows whether they do.
      if (those('place').length < places) return letIn(deviceId, messages, 'place');
      if (hasAlarms && those('alarm').length < places) return letIn(deviceId, messages, 'alarm');
      const ahead = messagesAhead();
      const isSoon = invited.waitMs(deviceId, ahead) <= LONGEST_HOLD_MS;
      return isSoon ? hold(deviceId, messages) : { retryAfterMs: invited.invite(deviceId, messages, ahead) };
    },
    isReturning: (deviceId) => returning.has(deviceId),
    brings(deviceId) {
      const one = returning.get(deviceId);
      if (!one) return () => {};
      const waitAgain = one.patience.brings();
      inWork += 1;
      return () => {
        inWork -= 1;
        waitAgain();
      };
    },
    took(deviceId, count) {
      const one = returning.get(deviceId);
      if (!one) return;
      one.left -= count;
      // Of a hub that has nothing else to do that says how fast its devices are.
      pace.took(count, inWork > 1);
      if (one.left <= 0) left(deviceId);
    },
    left,
    close() {
      isClosed = true;
      for (const { tell } of held.values()) tell(SENT_AWAY);
      held.clear();
      for (const { patience } of returning.values()) patience.stop();
    },
  };
}
