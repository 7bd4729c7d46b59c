/** What the calling thread met on the core that it was on. */
export interface CoreSamples {
  /** Microseconds that each sleep took longer than asked for. */
  readonly overshootsUs: readonly number[];
  /** Microseconds of each gap in a busy loop. */
  readonly gapsUs: readonly number[];
  /** Milliseconds that the busy loop ran. */
  readonly busyMs: number;
}

const SLEEP_MS = 1;
/** A turn of the busy loop takes well under a microsecond: what takes longer than this, somebody else took. */
const GAP_MS = 0.01;

/** Blocks the thread for about `ms`: half of it asleep a millisecond at a time, half of it busy. */
export function measureCore(ms: number): CoreSamples {
  return { overshootsUs: overshoots(ms / 2), gapsUs: gaps(ms / 2), busyMs: ms / 2 };
}

/** `Atomics.wait` sleeps in the kernel (futex(2)), without the event loop between. */
function overshoots(ms: number): number[] {
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  const found: number[] = [];
  const end = performance.now() + ms;
  for (let began = performance.now(); began < end; began = performance.now()) {
    Atomics.wait(nobody, 0, 0, SLEEP_MS);
    found.push((performance.now() - began - SLEEP_MS) * 1000);
  }
  return found;
}

function gaps(ms: number): number[] {
  const found: number[] = [];
  let before = performance.now();
  const end = before + ms;
  while (before < end) {
    const now = performance.now();
    if (now - before > GAP_MS) found.push((now - before) * 1000);
    before = now;
  }
  return found;
}
