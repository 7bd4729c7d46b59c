/** Calls of the engine for so many rows together. Durations in µs, sums over the calls. */
export interface BatchSize {
  readonly rows: number;
  readonly calls: number;
  readonly inputUs: number;
  readonly inferUs: number;
  readonly outputUs: number;
}

interface BatchSizes {
  read(): BatchSize[];
  ran(rows: number, us: number): void;
  /** A request of the call before. */
  answered(inputUs: number, outputUs: number): void;
}

// Clients choose the sizes: whoever sends a thousand different ones fills these and no more.
const SLOTS = 32;
const [ROWS, CALLS, INPUT_US, INFER_US, OUTPUT_US, WIDTH] = [0, 1, 2, 3, 4, 5] as const;

/** Calls by batch size in a given memory, `batchSizes.FLOATS` long. Sizes beyond the first 32 are not counted. */
export function batchSizes(memory: Float64Array): BatchSizes {
  let last = -1;
  return {
    read: () => slotsOf(memory),
    ran(rows, us) {
      last = slotOf(memory, rows);
      if (last === -1) return;
      memory[last + CALLS] = memory[last + CALLS]! + 1;
      memory[last + INFER_US] = memory[last + INFER_US]! + us;
    },
    answered(inputUs, outputUs) {
      if (last === -1) return;
      memory[last + INPUT_US] = memory[last + INPUT_US]! + inputUs;
      memory[last + OUTPUT_US] = memory[last + OUTPUT_US]! + outputUs;
    },
  };
}

batchSizes.FLOATS = SLOTS * WIDTH;

batchSizes.add = (total: Float64Array, one: Float64Array): void => {
  for (let from = 0; from < one.length && one[from + CALLS]! > 0; from += WIDTH) {
    const to = slotOf(total, one[from + ROWS]!);
    if (to === -1) continue;
    for (let field = CALLS; field < WIDTH; field++)
      total[to + field] = total[to + field]! + one[from + field]!;
  }
};

/** Where the size is counted; -1 where all slots are taken by others. */
function slotOf(memory: Float64Array, rows: number): number {
  for (let at = 0; at < memory.length; at += WIDTH) {
    if (memory[at + ROWS] === rows && memory[at + CALLS]! > 0) return at;
    if (memory[at + CALLS] === 0) {
      memory[at + ROWS] = rows;
      return at;
    }
  }
  return -1;
}

function slotsOf(memory: Float64Array): BatchSize[] {
  const all: BatchSize[] = [];
  for (let at = 0; at < memory.length && memory[at + CALLS]! > 0; at += WIDTH)
    all.push({
      rows: memory[at + ROWS]!,
      calls: memory[at + CALLS]!,
      inputUs: memory[at + INPUT_US]!,
      inferUs: memory[at + INFER_US]!,
      outputUs: memory[at + OUTPUT_US]!,
    });
  return all.sort((a, b) => a.rows - b.rows);
}
