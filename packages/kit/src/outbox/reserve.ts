import { isSkerryError } from '../errors.ts';
import type { Disk } from '../ports/disk.ts';
import type { Room } from './room.ts';
import type { Usage } from './usage.ts';

/**
 * Bytes that lie on the disk for nothing, until it is full: then they make room for a drop notice, without which
 * nothing could be given up for what is more urgent.
 */
export interface Reserve {
  /** Lays them aside, if they are not there and the stream of this urgency could have them. */
  fill(urgency: number): Promise<void>;
  /** Gives them back to the disk. */
  spend(): Promise<void>;
}

const RESERVE_BYTES = 16 * 1024;

export function reserveOn(disk: Disk, folder: string, usage: Usage, room: Pick<Room, 'claim'>): Reserve {
  const path = `${folder}/reserve`;
  let isThere = false;
  /** Another stream may spend it while it is filled for one. */
  let spends = 0;
  return {
    async fill(urgency) {
      const before = spends;
      isThere ||= (await disk.stat(path)) !== undefined && before === spends;
      if (isThere || !(await room.claim(urgency, RESERVE_BYTES))) return;
      try {
        await disk.writeAtomic(path, new Uint8Array(RESERVE_BYTES));
        isThere = before === spends;
      } finally {
        usage.written(RESERVE_BYTES);
      }
    },
    async spend() {
      await disk.remove(path);
      spends += 1;
      isThere = false;
      await disk.syncFolder(folder);
    },
  };
}

/** Does it, and once more if the disk is full and room could be made: there too what is less urgent goes first. */
export async function orMakeRoom<T>(work: () => Promise<T>, makeRoom: () => Promise<boolean>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSkerryError(error, 'DiskFull') || !(await makeRoom())) throw error;
    return work();
  }
}
