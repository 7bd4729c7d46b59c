import { failure } from '../errors.ts';

/** Bytes of large bodies that are on their way through a thread at a time. */
export interface InFlight {
  /** Throws `Overloaded` where there are too many; one body of any size is let in. */
  enter(bytes: number): void;
  leave(bytes: number): void;
}

export function inFlight(limit: number): InFlight {
  let all = 0;
  return {
    enter(bytes) {
      if (all > 0 && all + bytes > limit)
        throw failure(
          'Overloaded',
          `large bodies of ${all} bytes are on their way; ${limit} is the limit here`,
        );
      all += bytes;
    },
    leave(bytes) {
      all -= bytes;
    },
  };
}
