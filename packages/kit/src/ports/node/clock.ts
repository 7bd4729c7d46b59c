import { type Clock, sleepBy } from '../clock.ts';

/** Node's timers hold at most 2³¹ − 1 ms; a longer one is a chain of them. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function nodeClock(): Clock {
  return {
    now: Date.now,
    monotonic: () => performance.now(),
    timer,
    sleep: sleepBy(timer),
  };
}

function timer(ms: number, fn: () => void) {
  let handle: NodeJS.Timeout;
  const arm = (left: number) => {
    const step = Math.min(left, LONGEST_TIMER_MS);
    handle = setTimeout(() => (left > step ? arm(left - step) : fn()), step);
  };
  arm(Math.max(0, ms));
  return () => clearTimeout(handle);
}
