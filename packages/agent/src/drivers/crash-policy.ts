/** How a process has lived so far. */
export interface Crashes {
  /** Lives in a row, the last one included, that ended before they were healthy. */
  readonly streak: number;
}

export const noCrashes: Crashes = { streak: 0 };

/** A life of this many milliseconds was a healthy one. */
export const healthyMs = 60_000;
const loopStreak = 3;
const baseMs = 500;
const capMs = 60_000;

/** After a life of `livedMs` has ended without being asked to. */
export function afterDeath({ streak }: Crashes, livedMs: number): Crashes {
  return { streak: livedMs >= healthyMs ? 1 : streak + 1 };
}

/** The first restart comes at once, so that serving goes on; then the pauses grow, with half of each left to chance. */
export function restartDelay({ streak }: Crashes, random: number): number {
  if (streak <= 1) return 0;
  const bound = Math.min(capMs, baseMs * 2 ** Math.min(streak - 2, 20));
  return Math.round(bound * (0.5 + random / 2));
}

/** Whether it ends again and again, `livedMs` into the present life (undefined: it is not running). */
export function isCrashLoop({ streak }: Crashes, livedMs: number | undefined): boolean {
  return streak >= loopStreak && (livedMs === undefined || livedMs < healthyMs);
}
