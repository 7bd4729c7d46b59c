import type { Clock, Stop } from '@skerry/kit';

/** How long another side is waited for, who waits in between itself: a slow one is told from one that is kept waiting. */
export interface Patience {
  /** It has brought something. Gives what is to be called once that is dealt with: meanwhile nobody waits for it. */
  brings(): Stop;
  /** Waits no more. */
  stop: Stop;
}

/** `onEnd` is called once it was waited for `ms` longer than it waited: waiting for us gives back what it used up. */
export function patience(clock: Clock, ms: number, onEnd: () => void): Patience {
  let left = ms;
  let inWork = 0;
  let since = clock.monotonic();
  let isOver = false;
  let stopTimer = clock.timer(left, onEnd);

  const elapsed = (): number => {
    const before = since;
    since = clock.monotonic();
    return since - before;
  };

  const dealtWith = () => {
    inWork -= 1;
    if (inWork > 0) return;
    left = Math.min(ms, left + elapsed());
    if (!isOver) stopTimer = clock.timer(left, onEnd);
  };

  return {
    brings() {
      inWork += 1;
      if (inWork === 1) {
        stopTimer();
        left -= elapsed();
      }
      return dealtWith;
    },
    stop() {
      isOver = true;
      stopTimer();
    },
  };
}
