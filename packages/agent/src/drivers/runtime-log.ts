import { type Clock, type Disk, every, type Stop, singleFlight } from '@skerry/kit';

const CHECK_MS = 60_000;
const MAX_BYTES = 8 * 1024 * 1024;
const KEPT_BYTES = 2 * 1024 * 1024;

/**
 * Bounds the file that the runtime writes its own words to: the end of a file that has grown too large is kept
 * beside it, and it begins again from nothing. A line may get lost in between.
 */
export function keepLogSmall({
  disk,
  clock,
  stateFolder,
}: {
  disk: Disk;
  clock: Clock;
  stateFolder: string;
}): Stop {
  const path = `${stateFolder}/log/runtime.log`;
  const flight = singleFlight(
    async () => {
      const size = (await disk.stat(path))?.size ?? 0;
      if (size <= MAX_BYTES) return;
      const file = await disk.openRead(path);
      const tail = await file.read(size - KEPT_BYTES, KEPT_BYTES).finally(() => file.close());
      await disk.writeAtomic(`${path}.1`, tail);
      await disk.truncate(path, 0);
    },
    () => {},
  );
  flight.trigger();
  const stop = every(clock, CHECK_MS, () => flight.trigger());
  return () => {
    stop();
    void flight.stop();
  };
}
