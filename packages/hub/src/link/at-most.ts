/** Runs what it is given, at most so much at a time; the rest waits in the order in which it came. */
export interface AtMost {
  <T>(work: () => Promise<T>): Promise<T>;
  /** How many wait. */
  readonly waiting: number;
}

export function atMost(limit: number): AtMost {
  const waiting: (() => void)[] = [];
  let running = 0;
  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
  return Object.defineProperty(run as AtMost, 'waiting', { get: () => waiting.length });
}
