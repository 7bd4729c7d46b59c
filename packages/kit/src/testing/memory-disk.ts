import type { Disk } from '../ports/disk.ts';

/** A disk in memory that knows what a power cut takes. */
export interface MemoryDisk extends Disk {
  /** Everything not synced is lost, or half lost: a random part of each unsynced tail stays. Open files fail from then on. */
  powerCut(random: () => number): void;
  /** Bytes that may still be written; then `DiskFull`. */
  setFree(bytes: number): void;
}

export function memoryDisk(): MemoryDisk {
  throw new Error('being written');
}
