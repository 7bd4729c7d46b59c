import type { Clock } from '@skerry/kit';

/** An instant as the hub stores and sends it: RFC 3339 in UTC with milliseconds, so that texts sort as times do. */
export function timeText(unixMs: number): string {
  return new Date(unixMs).toISOString();
}

export function nowText(clock: Clock): string {
  return timeText(clock.now());
}

/** Now, ms since the epoch, for those who delete what is old: a clock that jumps ahead while the hub runs makes nothing old. */
export function steadyNow(clock: Clock): () => number {
  const began = clock.now() - clock.monotonic();
  return () => Math.min(clock.now(), began + clock.monotonic());
}
