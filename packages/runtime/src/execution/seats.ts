import type { Clock } from '@skerry/kit';
import { failure } from '../errors.ts';
import type { LinkChange, SharedMs } from './protocol.ts';
import type { Cancel } from './remote.ts';
import { type Job, type OnAnswer, type Seat, seatAt } from './seat.ts';
import { type Guest, waitingRoom } from './waiting-room.ts';

/** The instances of a version that come and go, as one serving thread sees them. */
export interface Seats {
  /** The one with the least to do; undefined while there is none. */
  leastBusy(): Seat | undefined;
  /** Gives the job to that one, or to the first that comes. */
  place(job: Job, done: OnAnswer): Cancel;
  change(change: LinkChange): void;
  /** Why there will be no instance soon: what waits for one is answered with it. */
  refuse(error: Error): void;
  close(why: string): void;
}

export interface SeatsOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly now: () => SharedMs;
  /** A job waits for an instance. */
  readonly wanted: () => void;
}

export function seatsOf({ name, clock, now, wanted }: SeatsOptions): Seats {
  const seats = new Map<number, Seat>();
  const room = waitingRoom(name, clock);

  const leastBusy = (): Seat | undefined => {
    let best: Seat | undefined;
    for (const seat of seats.values()) if (!best || seat.thread.workUs < best.thread.workUs) best = seat;
    return best;
  };
  const lose = (instance: number, why: string) => {
    const seat = seats.get(instance);
    seats.delete(instance);
    seat?.close(why);
  };

  return {
    leastBusy,
    place(job, done) {
      const best = leastBusy();
      if (best) return sendTo(best, job, done);
      let cancel: Cancel = () => {
        if (room.remove(guest)) done(gone(), undefined);
      };
      const guest: Guest = {
        seated: (seat) => {
          cancel = sendTo(seat, job, done);
        },
        refused: (error) => done(error, undefined),
      };
      room.add(guest);
      wanted();
      return () => cancel();
    },
    change(change) {
      if (change.type === 'lost') return lose(change.instance, change.why);
      if (change.type === 'ended') return room.refuse(failure('InstanceLost', change.why));
      const { instance } = change.link;
      seats.set(
        instance,
        seatAt(change.link, now, () => seats.delete(instance)),
      );
      room.seat(() => leastBusy()!);
    },
    refuse: room.refuse,
    close(why) {
      for (const instance of [...seats.keys()]) lose(instance, why);
      room.refuse(failure('InstanceLost', why));
    },
  };
}

function sendTo(seat: Seat, job: Job, done: OnAnswer): Cancel {
  const id = seat.send(job, done);
  return () => seat.cancel(id);
}

const gone = () => failure('Interrupted', 'the client has gone, so nobody waits for the answer');
