/** Ends what it was returned for: a timer, a watch, a subscription. Calling it again does nothing. */
export type Stop = () => void;

/** Time, as everything of ours sees it. In milliseconds throughout. */
export interface Clock {
  /** Wall time since the Unix epoch. May jump either way; never subtract two of them to get a duration. */
  now(): number;
  /** Time since the process began. Never goes back. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason when that aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fn` once after `ms`, however far away that is. */
  timer(ms: number, fn: () => void): Stop;
}

/** The `sleep` of a clock, made of its `timer`. */
export function sleepBy(timer: Clock['timer']): Clock['sleep'] {
  return (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        stop();
        reject(signal?.reason);
      };
      const stop = timer(ms, () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      signal?.addEventListener('abort', abort, { once: true });
    });
}

/**
 * Calls `fn` every `ms`, counted from the end of the call before, until stopped. `fn` must not throw. A function says
 * anew each time how long the next wait is.
 */
export function every(clock: Pick<Clock, 'timer'>, ms: number | (() => number), fn: () => void): Stop {
  let stop: Stop = () => {};
  let stopped = false;
  const arm = () => {
    stop = clock.timer(typeof ms === 'number' ? ms : ms(), () => {
      fn();
      if (!stopped) arm();
    });
  };
  arm();
  return () => {
    stopped = true;
    stop();
  };
}
