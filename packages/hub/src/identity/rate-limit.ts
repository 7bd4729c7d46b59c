import type { Clock } from '@skerry/kit';

const MINUTE = 60_000;

/** Says whether a key may go on: at most `perMinute` times in a minute of the clock. Forgets all when it turns. */
export function rateLimit(clock: Clock, perMinute: number): (key: string) => boolean {
  const counts = new Map<string, number>();
  let minute = -1;
  return (key) => {
    const now = Math.floor(clock.monotonic() / MINUTE);
    if (now !== minute) counts.clear();
    minute = now;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count <= perMinute;
  };
}
