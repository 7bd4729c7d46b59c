import { type Clock, type Disk, every, type Stop, singleFlight } from '@skerry/kit';

/** Where the runtime's own words go. */
export const logPath = (stateFolder: string) => `${stateFolder}/log/runtime.log`;

/** Why the runtime says that it ended, where it could: its last line that begins with its name. */
export async function lastWords(disk: Disk, stateFolder: string): Promise<string | undefined> {
  const path = logPath(stateFolder);
  const size = (await disk.stat(path))?.size ?? 0;
  if (size === 0) return undefined;
  const file = await disk.openRead(path);
  const from = Math.max(0, size - LAST_BYTES);
  const tail = await file.read(from, size - from).finally(() => file.close());
  const lines = Buffer.from(tail).toString().split('\n');
  return lines.findLast((line) => line.startsWith('runtime: '))?.slice('runtime: '.length, 512);
}

const LAST_BYTES = 4096;
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
  const path = logPath(stateFolder);
  const flight = singleFlight(
    async () => {
      const size = (await disk.stat(path))?.size ?? 0;
      if (size <= MAX_BYTES) return;
      const file = await disk.openRead(path);
      const tail = await file.read(size - KEPT_BYTES, KEPT_BYTES).finally(() => file.close());
      const keep = () => disk.writeAtomic(`${path}.1`, tail);
      const isKept = await keep().then(
        () => true,
        () => false,
      );
      await disk.truncate(path, 0);
      // On a full disk there is room for it only now.
      if (!isKept) await keep();
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
