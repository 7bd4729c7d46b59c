/** A queue of bounded size in memory of its own: what does not fit is counted and dropped, never waited for. */
export interface Ring<T> {
  readonly size: number;
  /** What was dropped since this was last asked. */
  takeDropped(): number;
  /** False when it was dropped. */
  put(item: T): boolean;
  /** Up to `most` of the oldest. */
  take(most: number): T[];
}

export function ring<T>(capacity: number): Ring<T> {
  const slots = new Array<T | undefined>(capacity).fill(undefined);
  let first = 0;
  let size = 0;
  let dropped = 0;
  return {
    get size() {
      return size;
    },
    takeDropped() {
      const count = dropped;
      dropped = 0;
      return count;
    },
    put(item) {
      if (size === capacity) {
        dropped++;
        return false;
      }
      slots[(first + size++) % capacity] = item;
      return true;
    },
    take(most) {
      const taken: T[] = [];
      for (; size > 0 && taken.length < most; size--) {
        taken.push(slots[first]!);
        slots[first] = undefined;
        first = (first + 1) % capacity;
      }
      return taken;
    },
  };
}
