import type { Timing } from '../serving/wire.ts';
import { type BatchSize, batchSizes } from './batch-sizes.ts';
import { HISTOGRAM_FLOATS, type Histogram, histogram } from './histogram.ts';

/** Reasons of Triton's `nv_inference_request_failure`. */
export const failureReasons = ['REJECTED', 'CANCELED', 'BACKEND', 'OTHER'] as const;
export type FailureReason = (typeof failureReasons)[number];

/** What a version of a model did, as it is read. Durations in µs. */
export interface StatsReading {
  /** Calls of the engine, by requests and by pipelines. */
  readonly compute: Histogram;
  /** Requests over the network that were answered, from arrival to answer written. */
  readonly request: Histogram;
  /** How long those waited for their turn. */
  readonly queue: Histogram;
  /** Rows inferred: a batch of eight counts eight. */
  readonly inferences: number;
  readonly failures: Readonly<Record<FailureReason, number>>;
  /** Sum over the requests that failed. */
  readonly failedUs: number;
  /** Sums over the requests that were answered. */
  readonly inputUs: number;
  readonly inferUs: number;
  readonly outputUs: number;
  /** Wall time of the last inference, ms since the epoch; 0 before the first. */
  readonly lastInference: number;
  /** Calls of the engine by the rows that ran together, for the sizes seen first. */
  readonly batches: readonly BatchSize[];
}

/** What one thread did for one version since it was loaded. Only that thread writes. */
export interface ModelStats extends StatsReading {
  /** The engine was called once, for so many rows. */
  ran(rows: number, us: number): void;
  /** A request of the call before was answered. `now` is wall time, ms since the epoch. */
  answered(timing: Timing, now: number): void;
  failed(reason: FailureReason, us: number): void;
}

const [INFERENCES, FAILED_US, INPUT_US, INFER_US, OUTPUT_US, LAST] = [0, 1, 2, 3, 4, 5] as const;
const FAILURES = 6;
const COMPUTE = FAILURES + failureReasons.length;
const REQUEST = COMPUTE + HISTOGRAM_FLOATS;
const QUEUE = REQUEST + HISTOGRAM_FLOATS;
const SUMMABLE = QUEUE + HISTOGRAM_FLOATS;
const FLOATS = SUMMABLE + batchSizes.FLOATS;

/** Bytes of the memory that {@link modelStats} wants. */
export const statsBytes = FLOATS * Float64Array.BYTES_PER_ELEMENT;

/** Statistics in shared memory, zeroed, so that the coordinator reads them while the thread goes on. */
export function modelStats(memory = new SharedArrayBuffer(statsBytes)): ModelStats {
  const sums = new Float64Array(memory);
  const compute = histogram(sums.subarray(COMPUTE, REQUEST));
  const request = histogram(sums.subarray(REQUEST, QUEUE));
  const queue = histogram(sums.subarray(QUEUE, SUMMABLE));
  const batches = batchSizes(sums.subarray(SUMMABLE));
  const add = (at: number, value: number) => {
    sums[at] = sums[at]! + value;
  };
  return {
    compute,
    request,
    queue,
    get inferences() {
      return sums[INFERENCES]!;
    },
    get failures() {
      const counts = failureReasons.map((reason, at) => [reason, sums[FAILURES + at]!]);
      return Object.fromEntries(counts) as Record<FailureReason, number>;
    },
    get failedUs() {
      return sums[FAILED_US]!;
    },
    get inputUs() {
      return sums[INPUT_US]!;
    },
    get inferUs() {
      return sums[INFER_US]!;
    },
    get outputUs() {
      return sums[OUTPUT_US]!;
    },
    get lastInference() {
      return sums[LAST]!;
    },
    get batches() {
      return batches.read();
    },
    ran(rows, us) {
      compute.record(us);
      add(INFERENCES, rows);
      batches.ran(rows, us);
    },
    answered({ queueUs, inputUs, inferUs, outputUs }, now) {
      add(INPUT_US, inputUs);
      add(INFER_US, inferUs);
      add(OUTPUT_US, outputUs);
      queue.record(queueUs);
      request.record(queueUs + inputUs + inferUs + outputUs);
      batches.answered(inputUs, outputUs);
      sums[LAST] = now;
    },
    failed(reason, us) {
      add(FAILURES + failureReasons.indexOf(reason), 1);
      add(FAILED_US, us);
    },
  };
}

/** What several threads did for a version, added up. */
export function sumStats(regions: Iterable<SharedArrayBuffer>): StatsReading {
  const memory = new SharedArrayBuffer(statsBytes);
  const total = new Float64Array(memory);
  for (const region of regions) {
    const one = new Float64Array(region);
    for (let at = 0; at < SUMMABLE; at++)
      total[at] = at === LAST ? Math.max(total[at]!, one[at]!) : total[at]! + one[at]!;
    batchSizes.add(total.subarray(SUMMABLE), one.subarray(SUMMABLE));
  }
  return modelStats(memory);
}
