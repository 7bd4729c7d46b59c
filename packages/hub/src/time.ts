import type { Clock } from '@skerry/kit';

/** An instant as the hub stores and sends it: RFC 3339 in UTC with milliseconds, so that texts sort as times do. */
export function timeText(unixMs: number): string {
  return new Date(unixMs).toISOString();
}

export function nowText(clock: Clock): string {
  return timeText(clock.now());
}
