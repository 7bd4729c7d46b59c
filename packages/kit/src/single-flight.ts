/**
 * Runs one piece of work again and again, never twice at once.
 *
 * INVARIANTS
 * 1. At most one run is in flight.
 * 2. After `trigger()`, a run begins that sees everything that was so before the call: at once when idle, else
 *    when the run in flight ends. Any number of triggers meanwhile are one more run.
 * 3. `restart()` is `trigger()` that aborts the run in flight first.
 * 4. After `stop()` resolves nothing is in flight, and nothing begins.
 * 5. An error of a run goes to `onError` and ends that run only; an abort that we caused goes nowhere.
 */
export interface SingleFlight {
  readonly running: boolean;
  trigger(): void;
  restart(): void;
  /** Resolves when nothing is in flight or due. */
  idle(): Promise<void>;
  /** Aborts the run in flight and waits for its end. */
  stop(): Promise<void>;
}

export function singleFlight(
  run: (signal: AbortSignal) => Promise<void>,
  onError: (error: unknown) => void,
): SingleFlight {
  let flight: { done: Promise<void>; controller: AbortController } | undefined;
  let due = false;
  let stopped = false;

  const fly = async (controller: AbortController) => {
    try {
      await run(controller.signal);
    } catch (error) {
      if (!controller.signal.aborted) onError(error);
    }
  };

  const loop = async (first: AbortController) => {
    await fly(first);
    while (due && !stopped) {
      due = false;
      const controller = new AbortController();
      if (flight) flight.controller = controller;
      await fly(controller);
    }
    flight = undefined;
  };

  const trigger = () => {
    if (stopped) return;
    due = flight !== undefined;
    if (flight) return;
    const controller = new AbortController();
    const { promise: done, resolve } = Promise.withResolvers<void>();
    flight = { done, controller };
    loop(controller).then(resolve);
  };

  return {
    get running() {
      return flight !== undefined;
    },
    trigger,
    restart() {
      flight?.controller.abort(new Error('restarted'));
      trigger();
    },
    async idle() {
      await flight?.done;
    },
    async stop() {
      stopped = true;
      flight?.controller.abort(new Error('stopped'));
      await flight?.done;
    },
  };
}
