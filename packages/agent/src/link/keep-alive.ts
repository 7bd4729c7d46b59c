/** Why a connection ended, if it was found out by silence alone. */
export const fellSilent = 'nothing was heard of the hub for longer than was agreed';

/**
 * What was learnt of how long each way may be silent. Something on it, such as a carrier's NAT, may forget a connection
 * that nobody uses, and tells neither side. So a way on which a connection fell silent, and another could be opened at
 * once, is asked more often from then on; one that has held for long is asked a little less often again.
 */
export interface KeepAlives {
  /** That of the next connection, ms; at most that of the pace. */
  of(way: string, paceMs: number): number;
  /** A connection with so much ended in silence. */
  fellSilent(way: string, keepAliveMs: number): void;
  /** The way could not be opened: the line itself was away, and forgot nothing. */
  failed(way: string): void;
  opened(way: string): void;
  /** A connection with so much has lived for so long. */
  lived(way: string, keepAliveMs: number, livedMs: number): void;
}

interface Learnt {
  readonly ms: number;
  /** Before the silence of which it is not yet known what it means. */
  readonly before?: number;
  /** How long a connection has to hold before the next step up; twice as long after each silence. */
  readonly patienceMs: number;
}

const SHORTEST_MS = 30_000;
const DAY = 86_400_000;
const LONGEST_PATIENCE_MS = 32 * DAY;
const STEP_UP = 1.25;

export function keepAlives(): KeepAlives {
  const learnt = new Map<string, Learnt>();
  return {
    of: (way, paceMs) => Math.min(paceMs, learnt.get(way)?.ms ?? paceMs),
    fellSilent(way, keepAliveMs) {
      const ms = Math.max(SHORTEST_MS, keepAliveMs / 2);
      if (ms >= keepAliveMs) return;
      const patienceMs = Math.min(LONGEST_PATIENCE_MS, 2 * (learnt.get(way)?.patienceMs ?? DAY / 2));
      learnt.set(way, { ms, before: keepAliveMs, patienceMs });
    },
    failed(way) {
      const { before, patienceMs } = learnt.get(way) ?? {};
      if (before !== undefined && patienceMs !== undefined) learnt.set(way, { ms: before, patienceMs });
    },
    opened(way) {
      const { ms, patienceMs } = learnt.get(way) ?? {};
      if (ms !== undefined && patienceMs !== undefined) learnt.set(way, { ms, patienceMs });
    },
    lived(way, keepAliveMs, livedMs) {
      const { ms, patienceMs } = learnt.get(way) ?? {};
      if (ms !== keepAliveMs || patienceMs === undefined || livedMs < patienceMs) return;
      learnt.set(way, { ms: ms * STEP_UP, patienceMs });
    },
  };
}
