/** How long calls of one version on one thread take, by the rows that run together, in memory that all threads share. Durations in µs. */
export interface LatencyTable {
  /** By one thread only. */
  record(rows: number, us: number): void;
  /** What a request took beside the call: reading, batching, writing. By the same thread. */
  recordBeside(us: number): void;
  /** What to expect; measured, or by the line through what was. 0 while nothing was measured. */
  expected(rows: number): number;
  /** What a call hardly ever exceeds. */
  atMost(rows: number): number;
  /** How long an answer lay before its serving thread came to it. By any thread. */
  recordLag(us: number): void;
  /** What an answer needs beside the call until it is on its way to the client. */
  readonly lagUs: number;
  /** What requests without a timeout may be taken to wait, as those before did; 0 where some wait for ever. */
  patienceUs: number;
  /** What one more request costs the thread, batched as it is done now. */
  aRequest(): number;
  /** Rows that run together, as was chosen last. */
  batch: number;
}

const HEAD = 6;
const [BATCH, BESIDE, BASE, SLOPE, LAG, PATIENCE] = [0, 1, 2, 3, 4, 5] as const;
const SMOOTHING = 1 / 8;
const DEVIATION_SMOOTHING = 1 / 4;
/** A lag is believed quickly when it grows, and slowly when it falls. */
const LAG_RISE = 1 / 2;
const LAG_FALL = 1 / 64;
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
  const table: LatencyTable = {
    record(rows, us) {
      if (rows >= sizes) return;
      if (means[rows] === 0) {
        means[rows] = us;
        deviations[rows] = us / 2;
        measured.push(rows);
      } else smooth(means, deviations, rows, us);
      [head[BASE], head[SLOPE]] = lineThrough(measured, means);
    },
    recordBeside(us) {
      head[BESIDE] = head[BESIDE] === 0 ? us : head[BESIDE]! + (us - head[BESIDE]!) * SMOOTHING;
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
    atMost: (rows) =>
      expected(rows) + DEVIATIONS * (deviations[rows] || (deviations[1]! / (means[1] || 1)) * onLine(rows)),
    aRequest: () => head[BESIDE]! + expected(table.batch) / table.batch,
    get batch() {
      return head[BATCH] || 1;
    },
    set batch(rows) {
      head[BATCH] = rows;
    },
  };
  return table;
}

function smooth(means: Float64Array, deviations: Float64Array, rows: number, us: number): void {
  const error = us - means[rows]!;
  deviations[rows] = deviations[rows]! + (Math.abs(error) - deviations[rows]!) * DEVIATION_SMOOTHING;
  means[rows] = means[rows]! + error * SMOOTHING;
}

/** Least squares; through the origin where one size alone was measured. Never falls. */
function lineThrough(sizes: readonly number[], means: Float64Array): [base: number, slope: number] {
  const [first] = sizes as [number];
  if (sizes.length === 1) return [0, means[first]! / first];
  const meanOf = (value: (rows: number) => number) =>
    sizes.reduce((sum, rows) => sum + value(rows), 0) / sizes.length;
  const x = meanOf((rows) => rows);
  const y = meanOf((rows) => means[rows]!);
  const spread = meanOf((rows) => (rows - x) ** 2);
  const slope = Math.max(0, meanOf((rows) => (rows - x) * (means[rows]! - y)) / spread);
  return [Math.max(0, y - slope * x), slope];
}
