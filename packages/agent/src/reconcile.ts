import { singleFlight } from '@skerry/kit';
import type { Apply } from './apply/apply.ts';
import { type Current, partOf, type Step, type Target } from './plan/model.ts';
import { nextSteps } from './plan/plan.ts';

export interface ReconcileOptions {
  /** What the hub wants; undefined while nothing is known of it. */
  readonly desired: () => Target | undefined;
  /** What is so. */
  readonly look: (busy: ReadonlySet<string>) => Current;
  readonly apply: Apply;
  /** Called after every look, with the steps that are being taken. */
  readonly report: (current: Current, busy: ReadonlyMap<string, Step>) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * desired → plan → apply → report, again and again until nothing is left to do. There is no stored plan: each round
 * looks anew. Steps on different parts run beside each other, so that a long download holds up nothing else.
 * `trigger` makes it look again now; `restart`, for a new intent, cancels the steps in flight first.
 */
export function reconciler({ desired, look, apply, report, onError }: ReconcileOptions) {
  /** Resolved when there is something new to see: by `trigger`, or by a step that ends. */
  let wake = Promise.withResolvers<void>();

  const flight = singleFlight(async (signal) => {
    const steps = new Map<string, Step>();
    const flying = new Set<Promise<void>>();
    const take = (step: Step) => {
      steps.set(partOf(step), step);
      const flown = apply(step, signal).finally(() => {
        steps.delete(partOf(step));
        flying.delete(flown);
        wake.resolve();
      });
      flying.add(flown);
    };
    try {
      while (!signal.aborted) {
        wake = Promise.withResolvers<void>();
        const target = desired();
        const current = look(new Set(steps.keys()));
        if (target) for (const step of nextSteps(current, target)) take(step);
        report(current, steps);
        if (flying.size === 0) return;
        // Not a race with the steps: each would remember every look for as long as it takes.
        await wake.promise;
      }
    } finally {
      await Promise.all(flying);
    }
  }, onError);

  return {
    trigger() {
      wake.resolve();
      flight.trigger();
    },
    restart: flight.restart,
    stop: flight.stop,
  };
}
