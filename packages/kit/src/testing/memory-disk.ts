import { posix } from 'node:path';
import type { Disk, DiskEntry } from '../ports/disk.ts';
import { storageError } from '../ports/storage-error.ts';
import { appendTo, cutPower, type MemoryFile, type MemoryMedium, readFrom } from './memory-file.ts';

/** A disk in memory that knows what a power cut takes. */
export interface MemoryDisk extends Disk {
  /**
   * Loses what is not synced, or half of it: a random part of each unsynced tail stays, and files removed a
   * moment ago may be back. What was open fails from then on.
   */
  powerCut(random: () => number): void;
  /** Bytes that may still be written; then `DiskFull`. */
  setFree(bytes: number): void;
  /** While it lies, appended bytes are not durable though they were synced. */
  setLying(lies: boolean): void;
  /** Changes one bit of one file below `folder`; false where there is none with content. */
  flipBit(folder: string, random: () => number): boolean;
  /** Bytes of all files below `folder`. */
  bytesIn(folder: string): number;
  /** All that is on it, as of now. */
  image(): DiskImage;
  /** Puts an image back. What was open fails from then on. */
  load(image: DiskImage): void;
}

export interface DiskImage {
  readonly files: ReadonlyMap<string, MemoryFile>;
  readonly folders: ReadonlySet<string>;
}

export function memoryDisk(now: () => number = () => 0): MemoryDisk {
  const files = new Map<string, MemoryFile>();
  const folders = new Set<string>(['/', '.']);
  const watchers = new Map<(path: string) => void, string>();
  let removed = new Map<string, { readonly file: MemoryFile; readonly at: number }>();
  let free = 2 ** 40;
  let life = 1;
  let lies = false;

  const medium: MemoryMedium = {
    get life() {
      return life;
    },
    get lies() {
      return lies;
    },
    check(openedIn, path) {
      if (openedIn !== life) throw storageError('StorageFailed', 'using', path);
    },
    take(bytes) {
      const taken = Math.min(bytes, free);
      free -= taken;
      return taken;
    },
    changed(path) {
      for (const [watcher, folder] of watchers) if (posix.dirname(path) === folder) watcher(path);
    },
  };

  const need = (what: string, path: string): MemoryFile => {
    const file = files.get(clean(path));
    if (!file) throw storageError('FileNotFound', what, path);
    return file;
  };
  const put = (path: string, bytes: Uint8Array, mode: number): MemoryFile => {
    const name = clean(path);
    if (!folders.has(posix.dirname(name))) throw storageError('FileNotFound', 'writing', path);
    if (medium.take(bytes.length) < bytes.length) throw storageError('DiskFull', 'writing', path);
    const file = { bytes, length: bytes.length, durable: bytes.length, mode, modifiedAt: now() };
    files.set(name, file);
    medium.changed(name);
    return file;
  };
  const drop = (name: string) => {
    const file = files.get(name);
    if (!file) return;
    files.delete(name);
    removed.set(name, { file, at: now() });
    free += file.length;
    medium.changed(name);
  };
  const renameFolder = (from: string, to: string) => {
    const moved = (name: string) => to + name.slice(from.length);
    const within = (name: string) => name === from || name.startsWith(`${from}/`);
    for (const name of [...folders].filter(within)) {
      folders.delete(name);
      folders.add(moved(name));
    }
    for (const [name, file] of [...files].filter(([path]) => within(path))) {
      files.delete(name);
      files.set(moved(name), file);
    }
  };
  const contentOf = (path: string) => {
    const file = need('reading', path);
    return file.bytes.slice(0, file.length);
  };

  return {
    read: async (path) => contentOf(path),
    readIfThere: async (path) => (files.has(clean(path)) ? contentOf(path) : undefined),
    async writeAtomic(path, bytes, { mode = 0o600 } = {}) {
      put(path, Buffer.from(bytes as Uint8Array), mode);
    },
    async openAppend(path, { mode = 0o600 } = {}) {
      return appendTo(medium, path, files.get(clean(path)) ?? put(path, new Uint8Array(), mode));
    },
    openRead: async (path) => readFrom(medium, path, need('opening', path)),
    list: async (folder) => entriesOf(clean(folder), files, folders),
    async stat(path) {
      const file = files.get(clean(path));
      if (file) return { size: file.length, kind: 'file', modifiedAt: file.modifiedAt, mode: file.mode };
      return folders.has(clean(path)) ? { size: 0, kind: 'folder', modifiedAt: 0, mode: 0o700 } : undefined;
    },
    remove: async (path) => drop(clean(path)),
    async removeTree(path) {
      const within = (name: string) => name === clean(path) || name.startsWith(`${clean(path)}/`);
      for (const name of [...files.keys()].filter(within)) drop(name);
      for (const name of [...folders].filter(within)) folders.delete(name);
    },
    async rename(from, to) {
      if (folders.has(clean(from))) return renameFolder(clean(from), clean(to));
      const file = need('renaming', from);
      files.delete(clean(from));
      files.set(clean(to), file);
      medium.changed(clean(to));
    },
    async link(from, to) {
      if (files.has(clean(to))) throw storageError('Conflict', 'linking', to);
      files.set(clean(to), need('linking', from));
      medium.changed(clean(to));
    },
    async makeFolder(path) {
      for (let name = clean(path); !folders.has(name); name = posix.dirname(name)) folders.add(name);
    },
    async truncate(path, size) {
      const file = need('cutting', path);
      file.length = Math.min(size, file.length);
      file.durable = file.length;
    },
    async syncFolder(folder) {
      for (const name of removed.keys()) if (posix.dirname(name) === clean(folder)) removed.delete(name);
    },
    watch(folder, onChange) {
      const watcher = () => onChange();
      watchers.set(watcher, clean(folder));
      return () => void watchers.delete(watcher);
    },
    freeBytes: async () => free,
    powerCut(random) {
      life++;
      for (const [name, { file, at }] of removed)
        if (!files.has(name) && now() - at < JOURNAL_MS && random() < 0.5) files.set(name, file);
      removed = new Map();
      for (const file of new Set(files.values())) cutPower(file, random);
    },
    setFree(bytes) {
      free = bytes;
    },
    setLying(value) {
      lies = value;
    },
    flipBit(folder, random) {
      const found = [...files].filter(([name, { length }]) => within(folder, name) && length > 0);
      const file = found[Math.floor(random() * found.length)]?.[1];
      if (!file) return false;
      const at = Math.floor(random() * file.length);
      file.bytes[at] = file.bytes[at]! ^ (1 << Math.floor(random() * 8));
      return true;
    },
    bytesIn(folder) {
      let bytes = 0;
      for (const [name, { length }] of files) if (within(folder, name)) bytes += length;
      return bytes;
    },
    image: () => ({ files: copied(files), folders: new Set(folders) }),
    load(image) {
      life++;
      removed = new Map();
      files.clear();
      folders.clear();
      for (const [name, file] of copied(image.files)) files.set(name, file);
      for (const folder of image.folders) folders.add(folder);
    },
  };
}

/** No file system keeps to itself for longer what has changed, ms. */
const JOURNAL_MS = 60_000;

const within = (folder: string, name: string) => name.startsWith(`${clean(folder)}/`);

const copied = (files: ReadonlyMap<string, MemoryFile>) =>
  new Map([...files].map(([name, file]) => [name, { ...file, bytes: file.bytes.slice() }]));

const clean = (path: string) => posix.normalize(path).replace(/(?<=.)\/$/, '');

function entriesOf(folder: string, files: Map<string, MemoryFile>, folders: Set<string>): DiskEntry[] {
  const entries: DiskEntry[] = [];
  for (const [path, { length }] of files) {
    if (posix.dirname(path) === folder)
      entries.push({ name: posix.basename(path), size: length, kind: 'file' });
  }
  for (const path of folders) {
    if (path !== folder && posix.dirname(path) === folder) {
      entries.push({ name: posix.basename(path), size: 0, kind: 'folder' });
    }
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}
