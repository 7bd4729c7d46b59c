import { gzippedReadings } from './readings.ts';

/** Bodies of batches of readings, each made once: many devices send the same ones, and are known by their streams. */
export interface Bodies {
  readonly perBatch: number;
  /** The batch that begins with `first`; made now where nobody prepared it. */
  from(first: number): Uint8Array;
  /** Makes those of the numbers up to `last`, so that sending costs no more than sending. */
  prepare(last: number): void;
}

export function bodiesOf(perBatch: number): Bodies {
  const made = new Map<number, Uint8Array>();
  const from = (first: number) => {
    const body = made.get(first) ?? gzippedReadings(first, perBatch);
    made.set(first, body);
    return body;
  };
  return {
    perBatch,
    from,
    prepare(last) {
      for (let first = 1; first <= last; first += perBatch) from(first);
    },
  };
}
