import { withDeadline } from './deadline.ts';
import { SkerryError } from './errors.ts';
import type { Clock } from './ports/clock.ts';
import type { Logger } from './ports/logger.ts';

/**
 * Starts the parts of a process in order, stops them in reverse.
 *
 *     const life = lifetime({ clock, logger });
 *     const store = await life.start('store', () => openStore(path), (it) => it.close());
 *     const api = await life.start('api', () => listen(store), (it) => it.close(), { stopMs: 10_000 });
 *     …
 *     await life.stop();
 */
export interface Lifetime {
  /** The part's own value. When `start` rejects, all that had started is stopped, and the error thrown on. */
  start<T>(
    name: string,
    start: () => Promise<T> | T,
    stop: (part: T) => Promise<void> | void,
    options?: { stopMs?: number },
  ): Promise<T>;
  /** Tries every part, whatever the others do; then rejects with `Internal` if any failed. Again: the same promise. */
  stop(): Promise<void>;
}

interface Started {
  readonly name: string;
  readonly stopMs: number;
  stop(): Promise<void> | void;
}

const DEFAULT_STOP_MS = 5_000;

export function lifetime({ clock, logger }: { clock: Clock; logger: Logger }): Lifetime {
  const started: Started[] = [];
  let stopping: Promise<void> | undefined;

  const stopOne = async (part: Started): Promise<string | undefined> => {
    try {
      await withDeadline(Promise.resolve(part.stop()), part.stopMs, clock, `stopping ${part.name}`);
      return undefined;
    } catch (error) {
      logger.warn('a part did not stop cleanly', { part: part.name, error });
      return part.name;
    }
  };

  const stopAll = async () => {
    const failed: string[] = [];
    for (let part = started.pop(); part; part = started.pop()) {
      const name = await stopOne(part);
      if (name) failed.push(name);
    }
    if (failed.length > 0) throw stopFailed(failed);
  };

  const stop = () => {
    stopping ??= stopAll();
    return stopping;
  };

  return {
    async start(name, start, stopPart, { stopMs = DEFAULT_STOP_MS } = {}) {
      if (stopping) throw alreadyStopping(name);
      try {
        const part = await start();
        started.push({ name, stopMs, stop: () => stopPart(part) });
        if (stopping) throw await stopAll().then(() => alreadyStopping(name));
        return part;
      } catch (error) {
        await stop().catch(() => {});
        throw error;
      }
    },
    stop,
  };
}

const stopFailed = (parts: string[]) =>
  new SkerryError({
    code: 'Internal',
    detail: `did not stop cleanly: ${parts.join(', ')}`,
    next: 'See the log for why. What was committed is safe.',
    fields: { parts },
  });

const alreadyStopping = (name: string) =>
  new SkerryError({
    code: 'Internal',
    detail: `${name} was to start while the process is stopping`,
    next: 'Start the process again.',
  });
