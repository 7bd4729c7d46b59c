import type { Disk } from '../ports/disk.ts';

/**
 * Bytes of a folder that this process alone adds to. Others may remove: then it counts too much until the next look
 * at the disk, and never too little.
 */
export interface Usage {
  readonly bytes: number;
  /** Counts what is about to be written. */
  take(bytes: number): void;
  /** It is in a file now. */
  written(bytes: number): void;
  /** It is in no file, and will not be. */
  cancel(bytes: number): void;
  look(): Promise<void>;
}

export function usageOf(disk: Disk, folder: string): Usage {
  /** Nobody knows before the first look. */
  let onDisk = Number.POSITIVE_INFINITY;
  /** Taken and not in a file yet. */
  let pending = 0;
  /** Written since the last look began. */
  let since = 0;
  return {
    get bytes() {
      return onDisk + since + pending;
    },
    take(bytes) {
      pending += bytes;
    },
    written(bytes) {
      pending -= bytes;
      since += bytes;
    },
    cancel(bytes) {
      pending -= bytes;
    },
    async look() {
      const before = since;
      onDisk = await folderBytes(disk, folder);
      since -= before;
    },
  };
}

/** Bytes of all files under a folder. */
export async function folderBytes(disk: Disk, folder: string): Promise<number> {
  let total = 0;
  for (const { name, size, kind } of await disk.list(folder))
    total += kind === 'folder' ? await folderBytes(disk, `${folder}/${name}`) : size;
  return total;
}
