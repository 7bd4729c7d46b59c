import type { Hello } from '@skerry/contracts';
import type { Clock, Random, Stop } from '@skerry/kit';
import { drainPace } from '../turns/drain-pace.ts';
import { invitations } from '../turns/invitations.ts';

/** What a device that says hello is told: come in, or come back after so long. */
export type Admitted = 'welcome' | { readonly retryAfterMs: number };

/**
 * Who may come in, when many return at once with what they recorded meanwhile. Whoever has little to bring always
 * may. Of the others only so many bring their backlog at a time; those who are next are held at the door, and those
 * behind them are told when to come back, in the order in which they came.
 *
 *     hello ──little──▶ welcome                 ┌── not soon ──▶ busy, and hello again at its time
 *       └───much──▶ a place is free? ───no──▶ held ──a place──▶ welcome ──all brought, silent or gone──▶ a place is free
 */
export interface Admission {
  /** `waiting`: how many messages the device says that it has. */
  ask(deviceId: string, waiting: number): Promise<Admitted>;
  /** True until the device has brought what it came back with: what it sends gives way to others. */
  isReturning(deviceId: string): boolean;
  /** The hub has taken so many of its messages. */
  took(deviceId: string, count: number): void;
  /** The device is gone. */
  left(deviceId: string): void;
  /** Sends away who waits, and waits for nobody; what was taken may still be told of. */
  close(): void;
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
  hasPlace: boolean;
  stopSilence: Stop;
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
/** After that, one who brings nothing loses its place. */
const LONGEST_SILENCE_MS = 10_000;
/** Messages. */
const PACE = { firstGuess: 20_000, measured: 5_000 };
const SENT_AWAY: Admitted = { retryAfterMs: 1_000 };

/** Messages that a device holds and knows of no acknowledgement for. */
export function backlogOf({ streams }: Pick<Hello, 'streams'>): number {
  return streams.reduce(
    (sum, { next, lowest, acknowledged }) => sum + Math.max(0, next - Math.max(lowest, acknowledged + 1)),
    0,
  );
}

export function admission({ clock, random, places = PLACES }: AdmissionOptions): Admission {
  const returning = new Map<string, Returning>();
  const held = new Map<string, Held>();
  const pace = drainPace(clock, PACE);
  const invited = invitations(clock, random, pace);
  let taken = 0;
  let isClosed = false;

  const messagesAhead = () => {
    let sum = 0;
    for (const { left, hasPlace } of returning.values()) if (hasPlace) sum += left;
    return sum;
  };

  const give = (deviceId: string, waiting: number): void => {
    const one: Returning = { left: waiting, hasPlace: true, stopSilence: () => {} };
    returning.set(deviceId, one);
    invited.forget(deviceId);
    taken += 1;
    watchSilence(one);
  };

  const free = (one: Returning): void => {
    one.stopSilence();
    if (!one.hasPlace) return;
    one.hasPlace = false;
    taken -= 1;
    const [next] = held;
    if (!next) return;
    const [deviceId, { waiting, tell }] = next;
    held.delete(deviceId);
    give(deviceId, waiting);
    tell('welcome');
  };

  const watchSilence = (one: Returning): void => {
    one.stopSilence();
    if (isClosed) return;
    one.stopSilence = clock.timer(LONGEST_SILENCE_MS, () => free(one));
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
    async ask(deviceId, waiting) {
      left(deviceId);
      if (waiting <= LITTLE) {
        invited.forget(deviceId);
        return 'welcome';
      }
      if (isClosed) return SENT_AWAY;
      // Where there is a place nobody is ahead, however much those who have theirs still bring.
      const ahead = taken < places ? 0 : messagesAhead();
      if (invited.waitMs(deviceId, ahead) > LONGEST_HOLD_MS)
        return { retryAfterMs: invited.invite(deviceId, waiting, ahead) };
      if (taken >= places) return hold(deviceId, waiting);
      give(deviceId, waiting);
      return 'welcome';
    },
    isReturning: (deviceId) => returning.has(deviceId),
    took(deviceId, count) {
      const one = returning.get(deviceId);
      if (!one) return;
      one.left -= count;
      if (one.hasPlace) pace.took(count, taken >= places);
      if (one.left <= 0) left(deviceId);
      else if (one.hasPlace) watchSilence(one);
    },
    left,
    close() {
      isClosed = true;
      for (const { tell } of held.values()) tell(SENT_AWAY);
      held.clear();
      for (const { stopSilence } of returning.values()) stopSilence();
    },
  };
}
