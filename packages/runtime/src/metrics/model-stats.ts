import { type Histogram, histogram } from './histogram.ts';

/** Reasons of Triton's `nv_inference_request_failure`. */
export const failureReasons = ['BACKEND', 'OTHER'] as const;
export type FailureReason = (typeof failureReasons)[number];

/** What one loaded version of a model did since it was loaded. Durations in µs. */
export interface ModelStats {
  /** Calls of the engine, by requests and by pipelines. */
  readonly compute: Histogram;
  /** Requests over the network, from body read to answer written. */
  readonly request: Histogram;
  /** Rows inferred: a batch of eight counts eight. */
  inferences: number;
  readonly failures: Record<FailureReason, number>;
  /** Sums over requests. */
  inputUs: number;
  inferUs: number;
  outputUs: number;
}

export function modelStats(): ModelStats {
  return {
    compute: histogram(),
    request: histogram(),
    inferences: 0,
    failures: { BACKEND: 0, OTHER: 0 },
    inputUs: 0,
    inferUs: 0,
    outputUs: 0,
  };
}
