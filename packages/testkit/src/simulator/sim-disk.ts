import type { Disk, Random } from '@skerry/kit';
import { SkerryError } from '@skerry/kit';
import type { MemoryDisk } from '@skerry/kit/testing';
import type { SimProcess } from './sim-process.ts';

/** A device's disk, and what is wrong with it just now. */
export interface Medium {
  readonly disk: MemoryDisk;
  /** Every write fails, after a part of it. */
  full: boolean;
  /** Every call takes some seconds. */
  slow: boolean;
  /** Share of the reads that fail. */
  readErrors: number;
  /** Share of the syncs and writes that fail, after a part of them. */
  writeErrors: number;
  /** Told after every write, of how many bytes there are more at most. */
  onWrite: (bytes: number) => void;
}

export function medium(disk: MemoryDisk): Medium {
  return { disk, full: false, slow: false, readErrors: 0, writeErrors: 0, onWrite: () => {} };
}

const READ_MS = 0.2;
const WRITE_MS = 1;
const SYNC_MS = 5;
const SLOW_MS = 3_000;
/** Of a disk that has room; no simulated device ever fills as much. */
export const ROOM = 2 ** 40;

const failure = (what: string, path: string) =>
  new SkerryError({
    code: 'StorageFailed',
    detail: `${what} ${path} failed: EIO`,
    next: 'Look at the disk.',
  });

/** A process's way to the disk of its machine. */
export function simDisk(process: SimProcess, at: Medium): Disk {
  const { disk } = at;
  const chance: Random = process.world.random(`${process.name} disk`);
  const delay = (ms: number) => (at.slow ? SLOW_MS * chance.number() : 0) + ms * (0.5 + chance.number());
  const fails = (share: number) => share > 0 && chance.number() < share;

  const reading = <T>(path: string, op: () => Promise<T>): Promise<T> =>
    (at.slow ? process.later : process.soon)(delay(READ_MS), () => {
      if (fails(at.readErrors)) throw failure('reading', path);
      return op();
    });
  const writing = <T>(ms: number, path: string, op: () => Promise<T>, bytes = 0): Promise<T> =>
    process.effect(delay(ms), async () => {
      if (fails(at.writeErrors)) throw failure('writing', path);
      try {
        return await withRoom(at.full ? 0 : ROOM, op);
      } finally {
        if (bytes > 0) at.onWrite(bytes);
      }
    });
  const withRoom = <T>(bytes: number, op: () => Promise<T>): Promise<T> => {
    disk.setFree(bytes);
    return op();
  };

  return {
    ...disk,
    read: (path) => reading(path, () => disk.read(path)),
    readIfThere: (path) => reading(path, () => disk.readIfThere(path)),
    list: (folder) => reading(folder, () => disk.list(folder)),
    stat: (path) => reading(path, () => disk.stat(path)),
    freeBytes: (path) => reading(path, async () => (at.full ? 0 : ROOM)),
    writeAtomic: (path, bytes, options) =>
      writing(SYNC_MS, path, () => disk.writeAtomic(path, bytes, options), bytes.length),
    remove: (path) => writing(WRITE_MS, path, () => disk.remove(path)),
    removeTree: (path) => writing(WRITE_MS, path, () => disk.removeTree(path)),
    rename: (from, to) => writing(SYNC_MS, from, () => disk.rename(from, to)),
    link: (from, to) => writing(SYNC_MS, from, () => disk.link(from, to)),
    makeFolder: (path, mode) => writing(WRITE_MS, path, () => disk.makeFolder(path, mode)),
    truncate: (path, size) => writing(SYNC_MS, path, () => disk.truncate(path, size)),
    watch(folder, onChange) {
      process.requireAlive();
      // The hint takes a moment, as those of file systems do.
      return disk.watch(folder, () => process.alive && void process.clock.timer(1, onChange));
    },
    async openAppend(path, options) {
      const file = await writing(WRITE_MS, path, () => disk.openAppend(path, options));
      return {
        get size() {
          return file.size;
        },
        write: (bytes) =>
          process.effect(delay(WRITE_MS), async () => {
            const isBroken = fails(at.writeErrors);
            const part = Math.floor(chance.number() * bytes.length);
            try {
              if (!isBroken) return await withRoom(at.full ? part : ROOM, () => file.write(bytes));
              await withRoom(ROOM, () => file.write(bytes.subarray(0, part)));
            } finally {
              at.onWrite(bytes.length);
            }
            throw failure('writing', path);
          }),
        sync: () => writing(SYNC_MS, path, () => file.sync()),
        close: () => file.close(),
      };
    },
    async openRead(path) {
      const file = await reading(path, () => disk.openRead(path));
      return {
        read: (position, length) => reading(path, () => file.read(position, length)),
        size: () => reading(path, () => file.size()),
        sync: () => writing(SYNC_MS, path, () => file.sync()),
        close: () => file.close(),
      };
    },
  };
}
