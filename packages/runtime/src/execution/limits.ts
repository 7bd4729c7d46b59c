import { type ModelSpec, parseDuration } from '@skerry/contracts';

/** How a version is to be run, as model.yaml says or by default. */
export interface Limits {
  /** ms after which an answer is of no use, where a request does not say; `Infinity` for never. */
  readonly objectiveMs: number;
  /** ms that an idle instance waits for more rows. */
  readonly delayMs: number;
  /** Rows that run together, at most. */
  readonly maxBatch: number;
  /** Requests that wait, at most, on all instances together. */
  readonly queueLimit: number;
}

export function limitsOf({ serving = {} }: ModelSpec): Limits {
  const { latencyObjective, maxQueueDelay, maxBatch = 8, queueLimit = 256 } = serving;
  return {
    objectiveMs: latencyObjective === undefined ? Number.POSITIVE_INFINITY : parseDuration(latencyObjective)!,
    delayMs: maxQueueDelay === undefined ? 0 : parseDuration(maxQueueDelay)!,
    maxBatch,
    queueLimit,
  };
}
