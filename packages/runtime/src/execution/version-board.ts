/** The requests of a version that wait or run, on all its instances and from all serving threads, in shared memory. */
export interface VersionBoard {
  readonly pending: number;
  /** False, and nothing counted, where it would be too many. */
  enter(bytes: number): boolean;
  leave(bytes: number): void;
  /** Whether {@link enter} would have room. */
  hasRoom(bytes: number): boolean;
}

/** Bytes of the memory that {@link versionBoard} wants. */
export const versionBoardBytes = 8;

/** What waiting bodies may take of memory, but for a single one that is larger. */
const WAITING_BYTES = 64 * 1024 * 1024;
const [PENDING, KIB] = [0, 1] as const;

/** @param limit  requests, at most */
export function versionBoard(memory: SharedArrayBuffer, limit: number): VersionBoard {
  const counts = new Int32Array(memory);
  const leave = (bytes: number) => {
    Atomics.sub(counts, PENDING, 1);
    Atomics.sub(counts, KIB, kibOf(bytes));
  };
  return {
    get pending() {
      return Atomics.load(counts, PENDING);
    },
    // Counted first and looked at then, so that two threads cannot both take the last place.
    enter(bytes) {
      const before = Atomics.add(counts, PENDING, 1);
      const kib = Atomics.add(counts, KIB, kibOf(bytes));
      if (fits(before, kib, bytes, limit)) return true;
      leave(bytes);
      return false;
    },
    leave,
    hasRoom: (bytes) => fits(Atomics.load(counts, PENDING), Atomics.load(counts, KIB), bytes, limit),
  };
}

const kibOf = (bytes: number) => Math.ceil(bytes / 1024);

const fits = (pending: number, kib: number, bytes: number, limit: number) =>
  pending === 0 || (pending < limit && (kib + kibOf(bytes)) * 1024 <= WAITING_BYTES);
