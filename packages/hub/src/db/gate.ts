import type { Clock, Stop } from '@skerry/kit';
import { hubError } from '../errors.ts';

/** Lets one through at a time, the others in the order in which they came. */
export interface Gate {
  /** Rejects with `Unavailable` when too many wait, or when it takes too long. Who entered must leave. */
  enter(): Promise<void>;
  leave(): void;
}

interface GateOptions {
  readonly clock: Clock;
  readonly maxWaiting: number;
  readonly maxWaitMs: number;
}

export function gate({ clock, maxWaiting, maxWaitMs }: GateOptions): Gate {
  const waiting = new Set<() => void>();
  let taken = false;

  const wait = () =>
    new Promise<void>((resolve, reject) => {
      let stop: Stop = () => {};
      const admit = () => {
        stop();
        resolve();
      };
      waiting.add(admit);
      stop = clock.timer(maxWaitMs, () => {
        waiting.delete(admit);
        reject(hubError('Unavailable', `the database had no time for the request within ${maxWaitMs} ms`));
      });
    });

  return {
    async enter() {
      if (taken) {
        if (waiting.size >= maxWaiting)
          throw hubError('Unavailable', `${maxWaiting} requests wait for the database already`);
        return wait();
      }
      taken = true;
    },
    leave() {
      const [next] = waiting;
      if (!next) {
        taken = false;
        return;
      }
      waiting.delete(next);
      next();
    },
  };
}
