import type { ModelSpec } from '@skerry/contracts';
import type { Clock } from '@skerry/kit';
import { failure } from '../errors.ts';
import type { ModelStats } from '../metrics/model-stats.ts';
import { errorOf } from '../threads/plain-error.ts';
import { overloaded, refusalOf } from './admission.ts';
import { limitsOf } from './limits.ts';
import type { BodyJob, InstanceLink, SharedMs, TensorJob } from './protocol.ts';
import type { Cancel, Remote } from './remote.ts';
import { type OnAnswer, type Seat, seatAt } from './seat.ts';
import { sharedTime } from './shared-time.ts';
import { versionBoard } from './version-board.ts';
import { type Guest, waitingRoom } from './waiting-room.ts';

export interface RemoteOptions {
  readonly name: string;
  readonly spec: ModelSpec;
  /** What this serving thread did for the version: here is counted what no instance answered. */
  readonly stats: ModelStats;
  readonly clock: Clock;
  /** Shared by all serving threads, see version-board.ts. */
  readonly board: SharedArrayBuffer;
  /** Asks for instances where there are none as long as none is needed; they come by `add`. */
  readonly wantInstance?: () => Promise<void>;
}

/** A {@link Remote} whose instances come and go. */
export interface LiveRemote extends Remote {
  add(link: InstanceLink): void;
  /** The instance hangs or is gone: its jobs are answered `InstanceLost`. */
  lost(instance: number, why: string): void;
  /** Jobs of this serving thread that are not answered. */
  readonly pending: number;
  /** What is not answered is answered `InstanceLost`. */
  close(): void;
}

export function remote(options: RemoteOptions): LiveRemote {
  const { name, stats, clock } = options;
  const limits = limitsOf(options.spec);
  const board = versionBoard(options.board, limits.queueLimit);
  const now = sharedTime(clock);
  const seats = new Map<number, Seat>();
  const room = waitingRoom(name, clock);
  let pending = 0;
  let asked = false;

  const leastBusy = (): Seat | undefined => {
    let best: Seat | undefined;
    for (const seat of seats.values()) if (!best || seat.thread.workUs < best.thread.workUs) best = seat;
    return best;
  };
  const admit = (bytes: number, timeoutUs: number) =>
    refusalOf({ name, board, limits }, bytes, timeoutUs, leastBusy());

  const askForOne = () => {
    if (asked || !options.wantInstance) return;
    asked = true;
    options.wantInstance().catch((error) => {
      asked = false;
      room.refuse(error);
    });
  };

  /** Where no instance is there, as soon as one is. */
  const place = (what: BodyJob | TensorJob, arrived: SharedMs, done: OnAnswer): Cancel => {
    let cancel: Cancel = () => {
      if (room.remove(guest)) done(gone(), undefined);
    };
    const seated = (seat: Seat) => {
      const id = seat.send(what, arrived, done);
      cancel = () => seat.cancel(id);
    };
    const guest: Guest = { seated, refused: (error) => done(error, undefined) };
    const seat = leastBusy();
    if (seat) seated(seat);
    else {
      room.add(guest);
      askForOne();
    }
    return () => cancel();
  };

  const dispatch = (what: BodyJob | TensorJob, bytes: number, done: OnAnswer): Cancel => {
    const refusal =
      admit(bytes, 0) ?? (board.enter(bytes) ? undefined : overloaded(`the queue of ${name} is full`, 0));
    if (refusal) {
      stats.failed('REJECTED', 0);
      done(refusal, undefined);
      return () => {};
    }
    const arrived = now();
    let wanted = true;
    pending++;
    const takeBack = place(what, arrived, (error, message) => {
      pending--;
      board.leave(bytes);
      if (error) stats.failed(wanted ? 'OTHER' : 'CANCELED', (now() - arrived) * 1000);
      if (wanted) done(error, message);
    });
    return () => {
      wanted = false;
      takeBack();
    };
  };

  const lost = (instance: number, why: string) => {
    const seat = seats.get(instance);
    seats.delete(instance);
    seat?.close(why);
  };

  return {
    admit,
    submit: ({ wire, body, done, handBack }) =>
      dispatch({ kind: 'body', wire: wire.name, ...body }, body.bytes.length, (error, message) => {
        if (message?.memory) handBack?.(message.memory);
        if (error) done(error, undefined, undefined);
        else if ('error' in message!) done(errorOf(message.error), undefined, undefined);
        else if ('text' in message!) done(undefined, message, message.timing);
      }),
    run: (feeds, wanted) =>
      new Promise((resolve, reject) => {
        dispatch({ kind: 'tensors', feeds, wanted }, 0, (error, message) => {
          if (error) reject(error);
          else if ('error' in message!) reject(errorOf(message.error));
          else if ('outputs' in message!) resolve([...message.outputs]);
        });
      }),
    add(link) {
      const { instance } = link;
      seats.set(
        instance,
        seatAt(link, () => seats.delete(instance)),
      );
      room.seat(() => leastBusy()!);
    },
    lost,
    get pending() {
      return pending;
    },
    close() {
      const why = `model ${name} was closed`;
      for (const instance of [...seats.keys()]) lost(instance, why);
      room.refuse(failure('InstanceLost', why));
    },
  };
}

const gone = () => failure('Interrupted', 'the client has gone, so nobody waits for the answer');
