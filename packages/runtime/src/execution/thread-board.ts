import type { SharedMs, VersionId } from './protocol.ts';

/** What everybody may know of an instance thread at any time, in memory that all threads share. */
export interface ThreadBoard {
  /** Estimated work that was sent to the thread and is not answered yet, µs. */
  readonly workUs: number;
  /** Returns what to take back once it is answered. */
  addWork(us: number): number;
  removeWork(added: number): void;
  /** The thread goes into native code, from where it cannot be called back. */
  began(call: Call): void;
  ended(): void;
  running(): Call | undefined;
}

export interface Call {
  readonly version: VersionId;
  /** Opens the version, which may take longer than to run it. */
  readonly isOpening: boolean;
  readonly since: SharedMs;
}

/** Bytes of the memory that {@link threadBoard} wants. */
export const threadBoardBytes = 16;

// In 32 bits, six hours of work.
const US_A_TICK = 10;
const [WORK, VERSION] = [0, 1] as const;

export function threadBoard(memory: SharedArrayBuffer): ThreadBoard {
  const counts = new Int32Array(memory, 0, 2);
  const times = new Float64Array(memory, 8, 1);
  return {
    get workUs() {
      return Atomics.load(counts, WORK) * US_A_TICK;
    },
    addWork(us) {
      const ticks = Math.max(1, Math.round(us / US_A_TICK));
      Atomics.add(counts, WORK, ticks);
      return ticks;
    },
    removeWork: (ticks) => void Atomics.sub(counts, WORK, ticks),
    began({ version, isOpening, since }) {
      times[0] = since;
      Atomics.store(counts, VERSION, isOpening ? -version : version);
    },
    ended: () => void Atomics.store(counts, VERSION, 0),
    running() {
      const version = Atomics.load(counts, VERSION);
      if (version === 0) return undefined;
      return { version: Math.abs(version), isOpening: version < 0, since: times[0]! };
    },
  };
}
