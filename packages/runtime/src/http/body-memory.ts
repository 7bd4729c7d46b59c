/** Memory for large bodies, used again: fresh memory of that size costs a page fault every 4 KiB. */
export interface BodyMemory {
  /** `length` bytes in an ArrayBuffer of their own, the byte `alignedAt` of them at an address that any element may have. */
  take(length: number, alignedAt: number): Buffer;
  /** Takes memory that nobody uses any more, whoever had it meanwhile. */
  give(memory: ArrayBuffer): void;
}

const KEPT_BYTES = 4 * 1024 * 1024;
const GRAIN = 64 * 1024;
const ALIGNMENT = 8;

export function bodyMemory(): BodyMemory {
  const kept: ArrayBuffer[] = [];
  let keptBytes = 0;
  const reuse = (size: number) => {
    const at = kept.findIndex(({ byteLength }) => byteLength >= size && byteLength <= 2 * size);
    if (at === -1) return undefined;
    const [memory] = kept.splice(at, 1);
    keptBytes -= memory!.byteLength;
    return memory;
  };
  return {
    take(length, alignedAt) {
      const gap = (ALIGNMENT - (alignedAt % ALIGNMENT)) % ALIGNMENT;
      const size = Math.ceil((length + gap) / GRAIN) * GRAIN;
      const memory = reuse(size) ?? (Buffer.allocUnsafeSlow(size).buffer as ArrayBuffer);
      return Buffer.from(memory, gap, length);
    },
    give(memory) {
      if (memory.byteLength < GRAIN || keptBytes + memory.byteLength > KEPT_BYTES) return;
      kept.push(memory);
      keptBytes += memory.byteLength;
    },
  };
}
