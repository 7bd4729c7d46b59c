import type { Clock } from '@skerry/kit';
import { failure } from '../errors.ts';
import type { BodyJob, LinkChange, SharedMs, TensorJob } from './protocol.ts';
import type { Cancel } from './remote.ts';
import { type OnAnswer, type Seat, seatAt } from './seat.ts';
import { type Guest, waitingRoom } from './waiting-room.ts';

/** The instances of a version that come and go, as one serving thread sees them. */
export interface Seats {
  /** The one with the least to do; undefined while there is none. */
  leastBusy(): Seat | undefined;
  /** Gives the job to that one, or to the first that comes. */
  place(what: BodyJob | TensorJob, arrived: SharedMs, done: OnAnswer): Cancel;
  change(change: LinkChange): void;
  /** Why there will be no instance soon: what waits for one is answered with it. */
  refuse(error: Error): void;
  close(why: string): void;
}

/** @param wanted  called when a job waits for an instance */
export function seatsOf(name: string, clock: Clock, wanted: () => void): Seats {
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
    place(what, arrived, done) {
      const best = leastBusy();
      if (best) return sendTo(best, what, arrived, done);
      let cancel: Cancel = () => {
        if (room.remove(guest)) done(gone(), undefined);
      };
      const guest: Guest = {
        seated: (seat) => {
          cancel = sendTo(seat, what, arrived, done);
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
        seatAt(change.link, () => seats.delete(instance)),
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

function sendTo(seat: Seat, what: BodyJob | TensorJob, arrived: SharedMs, done: OnAnswer): Cancel {
  const id = seat.send(what, arrived, done);
  return () => seat.cancel(id);
}

const gone = () => failure('Interrupted', 'the client has gone, so nobody waits for the answer');
