import { SkerryError } from './errors.ts';

/** First in, first out, one consumer, never more than `capacity` items waiting. */
export interface BoundedQueue<T> {
  readonly size: number;
  /** False when it is full or closed: the item was not taken. */
  push(item: T): boolean;
  /** The next item, undefined once closed and empty; rejects with the signal's reason. */
  pull(signal?: AbortSignal): Promise<T | undefined>;
  /** Nothing more goes in; what is in still comes out. */
  close(): void;
  [Symbol.asyncIterator](): AsyncIterator<T>;
}

export function boundedQueue<T>(capacity: number): BoundedQueue<T> {
  const items: T[] = [];
  let closed = false;
  let wake: (() => void) | undefined;

  const changed = async (signal: AbortSignal | undefined) => {
    if (wake) throw secondConsumer();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => reject(signal?.reason);
    wake = resolve;
    signal?.addEventListener('abort', abort);
    try {
      await promise;
    } finally {
      wake = undefined;
      signal?.removeEventListener('abort', abort);
    }
  };

  const pull = async (signal?: AbortSignal): Promise<T | undefined> => {
    signal?.throwIfAborted();
    while (items.length === 0 && !closed) await changed(signal);
    return items.shift();
  };

  return {
    get size() {
      return items.length;
    },
    push(item) {
      if (closed || items.length >= capacity) return false;
      items.push(item);
      wake?.();
      return true;
    },
    pull,
    close() {
      closed = true;
      wake?.();
    },
    async *[Symbol.asyncIterator]() {
      while (items.length > 0 || !closed) {
        const item = await pull();
        if (item !== undefined) yield item;
      }
    },
  };
}

const secondConsumer = () =>
  new SkerryError({
    code: 'Internal',
    detail: 'a queue of one consumer was pulled by two',
    next: 'Report this: it is a mistake in the program.',
  });
