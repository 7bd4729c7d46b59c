import type { AppendFile, Disk, ReadFile } from '../../ports/disk.ts';

/** For tests: a disk as one process sees it, each of whose operations is announced. */
export interface FaultyDisk extends Disk {
  /** Operations so far. */
  readonly operations: number;
}

export interface Faults {
  /** Before the operation of this index, from 1 on; may throw instead of it. */
  before(index: number): void;
  /** Behind it; may throw although it was done. */
  after(index: number): Promise<void>;
}

/** Operations that change nothing are not announced, but for those of a dead process: `before` refuses them all. */
export function faultyDisk(disk: Disk, faults: Faults): FaultyDisk {
  let operations = 0;
  const change = async <T>(work: () => Promise<T>): Promise<T> => {
    const index = ++operations;
    faults.before(index);
    const result = await work();
    await faults.after(index);
    return result;
  };
  const look = async <T>(work: () => Promise<T>): Promise<T> => {
    faults.before(0);
    return work();
  };
  const appendTo = (file: AppendFile): AppendFile => ({
    get size() {
      return file.size;
    },
    write: (bytes) => change(() => file.write(bytes)),
    sync: () => change(file.sync),
    close: () => file.close(),
  });
  const readFrom = (file: ReadFile): ReadFile => ({
    read: (position, length) => look(() => file.read(position, length)),
    size: () => look(file.size),
    sync: () => change(file.sync),
    close: () => file.close(),
  });
  return {
    get operations() {
      return operations;
    },
    read: (path) => look(() => disk.read(path)),
    readIfThere: (path) => look(() => disk.readIfThere(path)),
    list: (folder) => look(() => disk.list(folder)),
    stat: (path) => look(() => disk.stat(path)),
    freeBytes: (path) => look(() => disk.freeBytes(path)),
    watch: disk.watch,
    writeAtomic: (path, bytes, options) => change(() => disk.writeAtomic(path, bytes, options)),
    openAppend: async (path, options) => appendTo(await change(() => disk.openAppend(path, options))),
    openRead: async (path) => readFrom(await look(() => disk.openRead(path))),
    remove: (path) => change(() => disk.remove(path)),
    removeTree: (path) => change(() => disk.removeTree(path)),
    rename: (from, to) => change(() => disk.rename(from, to)),
    link: (from, to) => change(() => disk.link(from, to)),
    makeFolder: (path, mode) => change(() => disk.makeFolder(path, mode)),
    truncate: (path, size) => change(() => disk.truncate(path, size)),
    syncFolder: (folder) => change(() => disk.syncFolder(folder)),
  };
}
