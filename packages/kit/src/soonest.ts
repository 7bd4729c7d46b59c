import type { Clock, Stop } from './ports/clock.ts';

/** Something that several ask for, each within a time of its own: it happens once, at the earliest of them. */
export interface Soonest {
  /** Until then; undefined when nobody asked for it. */
  readonly leftMs: number | undefined;
  /** In `ms`, unless it is due before. */
  within(ms: number): void;
  stop(): void;
}

export function soonest(clock: Pick<Clock, 'timer' | 'monotonic'>, run: () => void): Soonest {
  let due: { readonly at: number; readonly stop: Stop } | undefined;
  return {
    get leftMs() {
      return due && Math.max(0, due.at - clock.monotonic());
    },
    within(ms) {
      const at = clock.monotonic() + ms;
      if (due && due.at <= at) return;
      due?.stop();
      const stop = clock.timer(ms, () => {
        due = undefined;
        run();
      });
      due = { at, stop };
    },
    stop() {
      due?.stop();
      due = undefined;
    },
  };
}
