import type { ModelSpec } from '@skerry/contracts';
import type { Clock } from '@skerry/kit';
import type { ModelStats } from '../metrics/model-stats.ts';
import { errorOf } from '../threads/plain-error.ts';
import { overloaded, refusalOf } from './admission.ts';
import { limitsOf } from './limits.ts';
import type { BodyJob, LinkChange, TensorJob } from './protocol.ts';
import type { Cancel, Remote } from './remote.ts';
import type { OnAnswer } from './seat.ts';
import { seatsOf } from './seats.ts';
import { sharedTime } from './shared-time.ts';
import { versionBoard } from './version-board.ts';

export interface RemoteOptions {
  readonly name: string;
  readonly spec: ModelSpec;
  /** What this serving thread did for the version: here is counted what no instance answered. */
  readonly stats: ModelStats;
  readonly clock: Clock;
  /** Shared by all serving threads, see version-board.ts. */
  readonly board: SharedArrayBuffer;
  /** Asks for instances where there are none as long as none is needed; they come by `change`. */
  readonly wantInstance?: () => Promise<void>;
}

/** A {@link Remote} whose instances come and go. */
export interface LiveRemote extends Remote {
  change(change: LinkChange): void;
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
  const wanted = askOnce(options, (error) => seats.refuse(error));
  const seats = seatsOf({ name, clock, now, wanted });
  let pending = 0;

  const admit = (bytes: number, timeoutUs: number) => {
    const refusal = refusalOf({ name, board, limits }, bytes, timeoutUs, seats.leastBusy());
    if (refusal) stats.failed('REJECTED', 0);
    return refusal;
  };

  const enter = (bytes: number) => {
    const refusal = admit(bytes, 0);
    if (refusal || board.enter(bytes)) return refusal;
    stats.failed('REJECTED', 0);
    return overloaded(`the queue of ${name} is full`, 0);
  };

  const dispatch = (what: BodyJob | TensorJob, came: number | undefined, done: OnAnswer): Cancel => {
    const bytes = what.kind === 'body' ? what.bytes.length : 0;
    const refusal = enter(bytes);
    if (refusal) {
      done(refusal, undefined);
      return () => {};
    }
    const arrived = now();
    const since = came === undefined ? arrived : arrived - (clock.monotonic() - came);
    let isWanted = true;
    pending++;
    const cancel = seats.place({ what, since, arrived }, (error, message) => {
      pending--;
      board.leave(bytes);
      if (error) stats.failed(isWanted ? 'OTHER' : 'CANCELED', (now() - arrived) * 1000);
      if (isWanted) done(error, message);
    });
    return () => {
      isWanted = false;
      cancel();
    };
  };

  return {
    admit,
    submit: ({ wire, body, came, done, handBack }) =>
      dispatch({ kind: 'body', wire: wire.name, ...body }, came, (error, message) => {
        if (message?.memory) handBack?.(message.memory);
        if (error) done(error, undefined, undefined);
        else if ('error' in message!) done(errorOf(message.error), undefined, undefined);
        else if ('text' in message!) done(undefined, message, message.timing);
      }),
    run: (feeds, wanted) =>
      new Promise((resolve, reject) => {
        dispatch({ kind: 'tensors', feeds, wanted }, undefined, (error, message) => {
          if (error) reject(error);
          else if ('error' in message!) reject(errorOf(message.error));
          else if ('outputs' in message!) resolve([...message.outputs]);
        });
      }),
    change: seats.change,
    get pending() {
      return pending;
    },
    close: () => seats.close(`model ${name} was closed`),
  };
}

/** Asks for an instance, again only after it was refused. */
function askOnce({ wantInstance }: RemoteOptions, refused: (error: Error) => void): () => void {
  let isAsked = wantInstance === undefined;
  return () => {
    if (isAsked) return;
    isAsked = true;
    wantInstance!().catch((error) => {
      isAsked = false;
      refused(error);
    });
  };
}
