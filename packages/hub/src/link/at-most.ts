/** Runs what it is given, at most so much at a time; the rest waits in the order in which it came. */
export type AtMost = <T>(work: () => Promise<T>) => Promise<T>;

export function atMost(limit: number): AtMost {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
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
}
