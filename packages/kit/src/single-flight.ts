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

interface Flight {
  controller: AbortController;
  readonly done: Promise<void>;
  readonly land: () => void;
}

export function singleFlight(
  run: (signal: AbortSignal) => Promise<void>,
  onError: (error: unknown) => void,
): SingleFlight {
  let flight: Flight | undefined;
  let due = false;
  let stopped = false;

  const once = async ({ signal }: AbortController) => {
    try {
      await run(signal);
    } catch (error) {
      if (!signal.aborted) onError(error);
    }
  };

  const fly = async (mine: Flight) => {
    do {
      due = false;
      mine.controller = new AbortController();
      await once(mine.controller);
    } while (due && !stopped);
    flight = undefined;
    mine.land();
  };

  const trigger = () => {
    due = true;
    if (flight || stopped) return;
    const { promise: done, resolve: land } = Promise.withResolvers<void>();
    flight = { controller: new AbortController(), done, land };
    fly(flight);
  };

  const abort = (why: string) => {
    flight?.controller.abort(new Error(why));
    return flight?.done;
  };

  return {
    get running() {
      return flight !== undefined;
    },
    trigger,
    restart() {
      abort('restarted');
      trigger();
    },
    async idle() {
      await flight?.done;
    },
    async stop() {
      stopped = true;
      await abort('stopped');
    },
  };
}
