import type { Clock } from '@skerry/kit';

/** What was sent in a session and is not answered yet, and when it is to be sent again. */
export interface Repeats {
  /** True for one that was never sent, and for one that waits for its answer for long. */
  isDue(id: string): boolean;
  sent(id: string): void;
  /** Forgets all others. */
  keep(ids: ReadonlySet<string>): void;
}

const FIRST_MS = 30_000;
const LONGEST_MS = 15 * 60_000;

/**
 * The first repeat comes soon, since the answer may have got lost. A device that can note nothing, as on a full disk,
 * does not answer for hours; and its link may be dear: each further pause is twice as long.
 */
export function repeats(clock: Pick<Clock, 'monotonic'>): Repeats {
  const waiting = new Map<string, { readonly dueAt: number; readonly pauseMs: number }>();
  return {
    isDue: (id) => (waiting.get(id)?.dueAt ?? Number.NEGATIVE_INFINITY) <= clock.monotonic(),
    sent(id) {
      const before = waiting.get(id);
      const pauseMs = before ? Math.min(LONGEST_MS, before.pauseMs * 2) : FIRST_MS;
      waiting.set(id, { dueAt: clock.monotonic() + pauseMs, pauseMs });
    },
    keep(ids) {
      for (const id of waiting.keys()) if (!ids.has(id)) waiting.delete(id);
    },
  };
}
