import type { Clock, Stop } from '@skerry/kit';
import { failure } from '../errors.ts';
import type { Seat } from './seat.ts';

/** A job that no instance has yet. */
export interface Guest {
  seated(seat: Seat): void;
  refused(error: Error): void;
}

/** Where jobs wait while a version has no instance: the first is being opened, or a lost one replaced. */
export interface WaitingRoom {
  add(guest: Guest): void;
  /** False where it has left already. */
  remove(guest: Guest): boolean;
  /** There is an instance again. */
  seat(best: () => Seat): void;
  /** There will be none. */
  refuse(error: Error): void;
}

/** Longer than a large model takes to be opened. */
const PATIENCE_MS = 20_000;

export function waitingRoom(name: string, clock: Clock): WaitingRoom {
  const guests = new Set<Guest>();
  let stop: Stop = () => {};
  const leave = (each: (guest: Guest) => void) => {
    stop();
    const leaving = [...guests];
    guests.clear();
    for (const guest of leaving) each(guest);
  };
  const refuse = (error: Error) => leave((guest) => guest.refused(error));
  const giveUp = () =>
    refuse(failure('InstanceLost', `model ${name} has had no instance for ${PATIENCE_MS / 1000} s`));
  return {
    add(guest) {
      if (guests.size === 0) stop = clock.timer(PATIENCE_MS, giveUp);
      guests.add(guest);
    },
    remove(guest) {
      const was = guests.delete(guest);
      if (guests.size === 0) stop();
      return was;
    },
    seat: (best) => leave((guest) => guest.seated(best())),
    refuse,
  };
}
