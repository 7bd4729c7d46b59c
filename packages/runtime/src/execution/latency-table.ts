import { lineThrough } from './line-through.ts';

/** How long calls of one version on one thread take, by the rows that run together, in memory that all threads share. Durations in µs. */
export interface LatencyTable {
  /** By one thread only. */
  record(rows: number, us: number): void;
  /** What each of so many requests took beside the call: reading, batching, writing. By the same thread. */
  recordBeside(requests: number, rows: number, us: number): void;
  /** What to expect; measured, or by the line through what was. 0 while nothing was measured. */
  expected(rows: number): number;
  /** How long an answer lay before its serving thread came to it. By any thread. */
  recordLag(us: number): void;
  /** What an answer needs beside the call until it is on its way to the client. */
  readonly lagUs: number;
  /** What requests without a timeout may be taken to wait, as those before did; 0 where some wait for ever. */
  patienceUs: number;
  /** What one more request, with as many rows as they have of late, costs the thread; batched as it is done now. */
  aRequest(): number;
  /** What the call for such a request, alone, hardly ever exceeds. */
  aRequestAtMost(): number;
  /** Rows that run together, as was chosen last. */
  batch: number;
}

const HEAD = 7;
const [BATCH, BESIDE, ROWS, BASE, SLOPE, LAG, PATIENCE] = [0, 1, 2, 3, 4, 5, 6] as const;
const SMOOTHING = 1 / 8;
const DEVIATION_SMOOTHING = 1 / 4;
/** A lag is believed quickly when it grows, and slowly when it falls. */
const LAG_RISE = 1 / 2;
const LAG_FALL = 1 / 64;
const REFIT_EVERY = 32;
/** As RFC 6298 estimates round trips: mean and mean deviation, and four of these on top. */
const DEVIATIONS = 4;

/** Bytes of the memory that {@link latencyTable} wants. */
export const latencyTableBytes = (maxBatch: number) => (HEAD + 2 * (maxBatch + 1)) * 8;

export function latencyTable(memory: SharedArrayBuffer): LatencyTable {
  const floats = new Float64Array(memory);
  const head = floats.subarray(0, HEAD);
  const sizes = (floats.length - HEAD) / 2;
  const means = floats.subarray(HEAD, HEAD + sizes);
  const deviations = floats.subarray(HEAD + sizes);
  const measured: number[] = [];
  const onLine = (rows: number) => head[BASE]! + head[SLOPE]! * rows;
  const expected = (rows: number) => means[rows] || onLine(rows);
  const atMost = (rows: number) =>
    expected(rows) + DEVIATIONS * (deviations[rows] || (deviations[1]! / (means[1] || 1)) * onLine(rows));
  let records = 0;
  const table: LatencyTable = {
    record(rows, us) {
      if (rows >= sizes) return;
      const isFirst = means[rows] === 0;
      if (isFirst) measured.push(rows);
      follow(means, rows, us, SMOOTHING);
      const error = isFirst ? us / 2 : Math.abs(us - means[rows]!);
      follow(deviations, rows, error, DEVIATION_SMOOTHING);
      if (isFirst || ++records % REFIT_EVERY === 0)
        [head[BASE], head[SLOPE]] = lineThrough(measured, (size) => means[size]!);
    },
    recordBeside(requests, rows, us) {
      follow(head, BESIDE, us, SMOOTHING);
      follow(head, ROWS, rows / requests, SMOOTHING);
    },
    recordLag(us) {
      const difference = us - head[LAG]!;
      head[LAG] = head[LAG]! + difference * (difference > 0 ? LAG_RISE : LAG_FALL);
    },
    get lagUs() {
      return head[LAG]! + head[BESIDE]!;
    },
    get patienceUs() {
      return head[PATIENCE]!;
    },
    set patienceUs(us) {
      head[PATIENCE] = us;
    },
    expected,
    aRequest() {
      const rows = head[ROWS] || 1;
      const alone = rows >= table.batch;
      return head[BESIDE]! + (alone ? expected(rows) : (rows * expected(table.batch)) / table.batch);
    },
    aRequestAtMost: () => atMost(Math.ceil(head[ROWS] || 1)),
    get batch() {
      return head[BATCH] || 1;
    },
    set batch(rows) {
      head[BATCH] = rows;
    },
  };
  return table;
}

/** An exponentially weighted mean; what comes first is believed as it is. */
function follow(values: Float64Array, at: number, value: number, share: number): void {
  values[at] = values[at] === 0 ? value : values[at]! + (value - values[at]!) * share;
}
