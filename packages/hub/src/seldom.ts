import type { Clock } from '@skerry/kit';

/**
 * Says yes at most once per key within `everyMs`, so that a repeated refusal is told once and a flood of them
 * costs nothing. Remembers `maxKeys` keys; beyond, the oldest is forgotten.
 */
export function seldom(clock: Clock, everyMs: number, maxKeys = 1000): (key: string) => boolean {
  const last = new Map<string, number>();
  return (key) => {
    const now = clock.monotonic();
    const before = last.get(key);
    if (before !== undefined && now - before < everyMs) return false;
    last.delete(key);
    last.set(key, now);
    const [oldest] = last.keys();
    if (last.size > maxKeys && oldest !== undefined) last.delete(oldest);
    return true;
  };
}
