import type { Clock, Random, Stop } from '@skerry/kit';
import { type DrainPaceOptions, drainPace } from './drain-pace.ts';
import { invitations } from './invitations.ts';

/**
 * Who is served, when many devices fetch at once: so many devices at a time, each with all that it asks for meanwhile.
 * Those who are next are held at the door; those behind them are told when to come back, in the order in which they
 * came. Who is slow by its own network gives its place to another, and is served beside.
 *
 *     asks ──a place is free? ──yes──▶ served ──done, and nothing more asked──▶ a place is free
 *       │                                 └──slow──▶ served beside, and a place is free
 *       └──no──▶ soon? ──yes──▶ held at the door, in order ──▶ served
 *                  └──no──▶ comes back at its time
 */
export interface Turns {
  /** `amount`: what it will be given. Its turn ends when `gone` aborts; rejects never. */
  ask(deviceId: string, amount: number, gone: AbortSignal): Promise<Turn | ComeBack>;
  count(): TurnsCount;
  /** Sends away who waits, and whoever comes later. */
  close(): void;
}

export interface Turn {
  /** So much of the amount was given. Nothing counts once the turn is over. */
  gave(amount: number): void;
}

export interface ComeBack {
  readonly retryAfterMs: number;
}

/** For operators. */
export interface TurnsCount {
  /** Devices with a place. */
  readonly served: number;
  /** Devices without one. */
  readonly beside: number;
  /** Requests at the door. */
  readonly held: number;
}

export interface TurnsOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Devices served at a time. */
  readonly places: number;
  /** Devices that may be served beside. */
  readonly beside: number;
  /** Who is given less in five seconds is slow. */
  readonly leastGiven: number;
  /** A device keeps its place for so long after all that it asked for, since there may be more of the same. */
  readonly lingerMs: number;
  readonly pace: DrainPaceOptions;
}

/** A device that is served. */
interface Served {
  readonly deviceId: string;
  requests: number;
  left: number;
  /** Since the last look. */
  given: number;
  hasPlace: boolean;
  stop: Stop;
}

/** A request at the door. */
interface Held {
  readonly deviceId: string;
  readonly amount: number;
  readonly gone: AbortSignal;
  readonly answer: (answer: Turn | ComeBack) => void;
}

const LOOK_MS = 5_000;
/** At the door: less than a device waits for the head of an answer. */
const LONGEST_HOLD_MS = 8_000;
const MOST_HELD = 1_000;
const SENT_AWAY: ComeBack = { retryAfterMs: 1_000 };

export function turns(options: TurnsOptions): Turns {
  const { clock, random, places, beside, leastGiven, lingerMs } = options;
  const pace = drainPace(clock, options.pace);
  const invited = invitations(clock, random, pace);
  const served = new Map<string, Served>();
  const held = new Set<Held>();
  let taken = 0;
  let closed = false;

  const amountAhead = () => {
    let sum = 0;
    for (const { left, hasPlace } of served.values()) if (hasPlace) sum += left;
    return sum;
  };

  const enter = (deviceId: string): Served => {
    const one: Served = { deviceId, requests: 0, left: 0, given: 0, hasPlace: true, stop: () => {} };
    served.set(deviceId, one);
    invited.forget(deviceId);
    taken += 1;
    return one;
  };

  const giveUpPlace = (one: Served): void => {
    if (!one.hasPlace) return;
    one.hasPlace = false;
    taken -= 1;
    const [next] = held;
    if (next) admit(next.deviceId);
  };

  /** With all that it has waiting at the door. */
  const admit = (deviceId: string): void => {
    const one = enter(deviceId);
    for (const request of held) {
      if (request.deviceId !== deviceId) continue;
      held.delete(request);
      request.answer(serve(one, request.amount, request.gone));
    }
  };

  const serve = (one: Served, amount: number, gone: AbortSignal): Turn => {
    one.requests += 1;
    one.left += amount;
    if (one.requests === 1) watch(one);
    let left = amount;
    gone.addEventListener('abort', () => {
      one.left -= left;
      one.requests -= 1;
      if (one.requests === 0) leave(one);
    });
    return {
      gave(count) {
        if (gone.aborted) return;
        left -= count;
        one.left -= count;
        one.given += count;
        if (one.hasPlace) pace.took(count, taken >= places);
      },
    };
  };

  const watch = (one: Served): void => {
    one.stop();
    one.given = 0;
    one.stop = clock.timer(LOOK_MS, () => {
      const isSlow = one.given < leastGiven;
      if (isSlow && served.size - taken < beside) giveUpPlace(one);
      else watch(one);
    });
  };

  const leave = (one: Served): void => {
    one.stop();
    const end = () => {
      served.delete(one.deviceId);
      giveUpPlace(one);
    };
    if (one.hasPlace && lingerMs > 0 && !closed) one.stop = clock.timer(lingerMs, end);
    else end();
  };

  const hold = (deviceId: string, amount: number, gone: AbortSignal): Promise<Turn | ComeBack> =>
    new Promise((resolve) => {
      const answer = (it: Turn | ComeBack) => {
        stop();
        gone.removeEventListener('abort', giveUp);
        held.delete(request);
        resolve(it);
      };
      const giveUp = () => answer(SENT_AWAY);
      const request: Held = { deviceId, amount, gone, answer };
      const stop = clock.timer(LONGEST_HOLD_MS, () =>
        answer({ retryAfterMs: invited.invite(deviceId, amount, amountAhead()) }),
      );
      gone.addEventListener('abort', giveUp);
      held.add(request);
      // It is in line from now on, should it be held in vain.
      invited.invite(deviceId, amount, amountAhead());
    });

  return {
    async ask(deviceId, amount, gone) {
      if (closed || gone.aborted) return SENT_AWAY;
      const one = served.get(deviceId);
      if (one) return serve(one, amount, gone);
      if (taken < places) return serve(enter(deviceId), amount, gone);
      const ahead = amountAhead();
      const isSoon = invited.waitMs(deviceId, ahead) <= LONGEST_HOLD_MS && held.size < MOST_HELD;
      return isSoon
        ? hold(deviceId, amount, gone)
        : { retryAfterMs: invited.invite(deviceId, amount, ahead) };
    },
    count: () => ({ served: taken, beside: served.size - taken, held: held.size }),
    close() {
      closed = true;
      for (const { answer } of held) answer(SENT_AWAY);
      for (const { stop } of served.values()) stop();
    },
  };
}
