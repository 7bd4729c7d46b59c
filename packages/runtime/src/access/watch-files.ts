import { type Clock, type Disk, describeError, every, type Logger, singleFlight } from '@skerry/kit';

/** Something that is made of files, and made anew when they change. */
export interface Watched<T> {
  readonly value: T;
  onChange(listener: (value: T) => void): void;
  stop(): Promise<void>;
}

export interface WatchOptions<T> {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly paths: readonly string[];
  /** Throws what is wrong with them. */
  readonly read: (...texts: string[]) => T;
  /** As it stands in the log. */
  readonly what: string;
  /** What there is until the files can be used, where they cannot at first. */
  readonly instead?: T | undefined;
}

const POLL_MS = 2_000;

/** Rejects when the files are wrong at first and there is no `instead`; wrong ones leave the value, and are logged once. */
export async function watchFiles<T>(options: WatchOptions<T>): Promise<Watched<T>> {
  const { disk, clock, logger, paths, read, what, instead } = options;
  const texts = () => Promise.all(paths.map(async (path) => Buffer.from(await disk.read(path)).toString()));
  const listeners = new Set<(value: T) => void>();
  let seen: readonly string[] = [];
  let value = instead as T;
  let complaint = '';

  const look = async () => {
    const now = await texts();
    complaint = '';
    if (now.every((text, index) => text === seen[index])) return;
    seen = now;
    value = read(...now);
    logger.info(`${what} was read`, { paths });
    for (const listener of listeners) listener(value);
  };
  const complain = (error: unknown) => {
    const said = describeError(error);
    if (said !== complaint) logger.error(`${what} cannot be used, what was there before goes on`, { error });
    complaint = said;
  };
  await look().catch((error) => {
    if (instead === undefined) throw error;
    complain(error);
  });
  const flight = singleFlight(look, complain);
  const stopPolling = every(clock, POLL_MS, () => flight.trigger());
  return {
    get value() {
      return value;
    },
    onChange: (listener) => void listeners.add(listener),
    async stop() {
      stopPolling();
      await flight.stop();
    },
  };
}
