import type { Clock, Stop } from '@skerry/kit';

/** Does something that never rejects every so many ms, counted from the end of the time before. */
export function repeat(clock: Clock, ms: number, work: () => Promise<void>): Stop {
  let stop: Stop = () => {};
  let stopped = false;
  const arm = () => {
    stop = clock.timer(ms, async () => {
      await work();
      if (!stopped) arm();
    });
  };
  arm();
  return () => {
    stopped = true;
    stop();
  };
}
