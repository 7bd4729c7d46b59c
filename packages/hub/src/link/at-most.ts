/** Runs what it is given, at most so much at a time; the rest waits in the order in which it came. */
export interface AtMost {
  /** `weight`: how much of the limit it takes, 1 unless said. What takes more than all of it runs alone. */
  <T>(work: () => Promise<T>, weight?: number): Promise<T>;
  /** How many wait. */
  readonly waiting: number;
}

export function atMost(limit: number): AtMost {
  const waiting: { readonly weight: number; readonly go: () => void }[] = [];
  let taken = 0;
  const letIn = () => {
    for (let next = waiting[0]; next && (taken === 0 || taken + next.weight <= limit); next = waiting[0]) {
      waiting.shift();
      taken += next.weight;
      next.go();
    }
  };
  const run = async <T>(work: () => Promise<T>, weight = 1): Promise<T> => {
    await new Promise<void>((go) => {
      waiting.push({ weight, go });
      letIn();
    });
    try {
      return await work();
    } finally {
      taken -= weight;
      letIn();
    }
  };
  return Object.defineProperty(run as AtMost, 'waiting', { get: () => waiting.length });
}
