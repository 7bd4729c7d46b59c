import type { Clock, Stop } from '@skerry/kit';
import type { Instance } from './instance.ts';
import type { SharedMs } from './protocol.ts';

export interface InstanceLoop {
  /** Something may have to be run. */
  wake(): void;
}

/**
 * Runs one batch in each turn of the event loop, of whichever instance has the most urgent request: between two
 * turns everything that came meanwhile is read, so that it can join the next batch or go before it.
 */
export function instanceLoop(
  instances: ReadonlyMap<number, Instance>,
  clock: Clock,
  now: () => SharedMs,
): InstanceLoop {
  let isTurnSet = false;
  let stopTimer: Stop = () => {};

  const wake = () => {
    if (isTurnSet) return;
    isTurnSet = true;
    setImmediate(runOne);
  };
  const runOne = () => {
    isTurnSet = false;
    const due = mostUrgent(instances.values(), now());
    if (typeof due === 'number') return wakeIn(due);
    due.run();
    wake();
  };
  const wakeIn = (ms: number) => {
    stopTimer();
    if (ms < Number.POSITIVE_INFINITY) stopTimer = clock.timer(ms, wake);
  };
  return { wake };
}

/** The instance to run, or ms until there may be one. */
function mostUrgent(instances: Iterable<Instance>, at: SharedMs): Instance | number {
  let best: Instance | undefined;
  let first: ReturnType<Instance['next']>;
  let waitMs = Number.POSITIVE_INFINITY;
  for (const instance of instances) {
    const head = instance.next();
    if (!head) continue;
    const until = instance.patientUntil ?? 0;
    if (until > at) waitMs = Math.min(waitMs, until - at);
    else if (!first || goesBefore(head, first)) [best, first] = [instance, head];
  }
  return best ?? waitMs;
}

type Head = NonNullable<ReturnType<Instance['next']>>;

function goesBefore(one: Head, other: Head): boolean {
  if (one.priority !== other.priority) return one.priority < other.priority;
  return one.deadline === other.deadline ? one.arrived < other.arrived : one.deadline < other.deadline;
}
