import type { Disk } from '../ports/disk.ts';
import { storageError } from '../ports/storage-error.ts';
import {
  appendTo,
  checkAlive,
  copyOf,
  cutPower,
  type MemoryFile,
  type MemoryMedium,
  pagesOf,
  readFrom,
} from './memory-file.ts';
import { clean, folderOf, memoryTree } from './memory-tree.ts';

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
  /** Lets one page of one file below `folder` die, for as long as the file is there; false where there is none with content. */
  killPage(folder: string, random: () => number): boolean;
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
  const tree = memoryTree();
  /** By the folder that they watch. */
  const watchers = new Map<string, Set<() => void>>();
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
      for (const watcher of watchers.get(folderOf(path)) ?? []) watcher();
    },
  };

  const need = (what: string, path: string): MemoryFile => {
    const file = tree.file(clean(path));
    if (!file) throw storageError('FileNotFound', what, path);
    return file;
  };
  const put = (path: string, bytes: Uint8Array, mode: number): MemoryFile => {
    const name = clean(path);
    if (!tree.hasFolder(folderOf(name))) throw storageError('FileNotFound', 'writing', path);
    if (medium.take(bytes.length) < bytes.length) throw storageError('DiskFull', 'writing', path);
    const file = { bytes, length: bytes.length, durable: bytes.length, mode, modifiedAt: now() };
    tree.putFile(name, file);
    medium.changed(name);
    return file;
  };
  const drop = (name: string) => {
    const file = tree.file(name);
    if (!file) return;
    tree.deleteFile(name);
    removed.set(name, { file, at: now() });
    free += file.length;
    medium.changed(name);
  };
  const renameFolder = (from: string, to: string) => {
    const moved = (name: string) => to + name.slice(from.length);
    const isWithin = (name: string) => name === from || name.startsWith(`${from}/`);
    for (const name of [...tree.folders].filter(isWithin)) tree.makeFolder(moved(name));
    for (const [name, file] of tree.below(from)) tree.putFile(moved(name), file);
    tree.deleteFolder(from);
  };
  const contentOf = (path: string) => {
    const file = need('reading', path);
    checkAlive(file, 'reading', path, 0, file.length);
    return file.bytes.slice(0, file.length);
  };

  const someFile = (folder: string, random: () => number): MemoryFile | undefined => {
    const found = [...tree.below(clean(folder))].filter(([, { length }]) => length > 0);
    return found[Math.floor(random() * found.length)]?.[1];
  };

  return {
    read: async (path) => contentOf(path),
    readIfThere: async (path) => (tree.file(clean(path)) ? contentOf(path) : undefined),
    async writeAtomic(path, bytes, { mode = 0o600 } = {}) {
      // No Buffer: its `slice` would not copy.
      put(path, new Uint8Array(Buffer.from(bytes as Uint8Array)), mode);
    },
    async openAppend(path, { mode = 0o600 } = {}) {
      return appendTo(medium, path, tree.file(clean(path)) ?? put(path, new Uint8Array(), mode));
    },
    openRead: async (path) => readFrom(medium, path, need('opening', path)),
    list: async (folder) => tree.list(clean(folder)),
    async stat(path) {
      const file = tree.file(clean(path));
      if (file) return { size: file.length, kind: 'file', modifiedAt: file.modifiedAt, mode: file.mode };
      return tree.hasFolder(clean(path))
        ? { size: 0, kind: 'folder', modifiedAt: 0, mode: 0o700 }
        : undefined;
    },
    remove: async (path) => drop(clean(path)),
    async removeTree(path) {
      drop(clean(path));
      for (const [name] of [...tree.below(clean(path))]) drop(name);
      if (tree.hasFolder(clean(path))) tree.deleteFolder(clean(path));
    },
    async rename(from, to) {
      if (tree.hasFolder(clean(from))) return renameFolder(clean(from), clean(to));
      const file = need('renaming', from);
      tree.deleteFile(clean(from));
      tree.putFile(clean(to), file);
      medium.changed(clean(to));
    },
    async link(from, to) {
      if (tree.file(clean(to))) throw storageError('Conflict', 'linking', to);
      tree.putFile(clean(to), need('linking', from));
      medium.changed(clean(to));
    },
    async makeFolder(path) {
      if (tree.hasFolder(clean(path))) return;
      tree.makeFolder(clean(path));
      medium.changed(clean(path));
    },
    async truncate(path, size) {
      const file = need('cutting', path);
      const left = Math.min(size, file.length);
      free += file.length - left;
      file.length = left;
      file.durable = file.length;
      medium.changed(clean(path));
    },
    async syncFolder(folder) {
      for (const name of removed.keys()) if (folderOf(name) === clean(folder)) removed.delete(name);
    },
    watch(folder, onChange) {
      const own = watchers.get(clean(folder)) ?? new Set();
      const watcher = () => onChange();
      watchers.set(clean(folder), own.add(watcher));
      return () => void own.delete(watcher);
    },
    freeBytes: async () => free,
    powerCut(random) {
      life++;
      for (const [name, { file, at }] of removed)
        if (!tree.file(name) && now() - at < JOURNAL_MS && random() < 0.5) tree.putFile(name, file);
      removed = new Map();
      for (const file of new Set(tree.files.values())) cutPower(file, random);
    },
    setFree(bytes) {
      free = bytes;
    },
    setLying(value) {
      lies = value;
    },
    flipBit(folder, random) {
      const file = someFile(folder, random);
      if (!file) return false;
      const at = Math.floor(random() * file.length);
      file.bytes[at] = file.bytes[at]! ^ (1 << Math.floor(random() * 8));
      return true;
    },
    killPage(folder, random) {
      const file = someFile(folder, random);
      if (!file) return false;
      file.dead = new Set([...(file.dead ?? []), Math.floor(random() * pagesOf(file))]);
      return true;
    },
    bytesIn: (folder) => tree.bytesBelow(clean(folder)),
    image: () => ({ files: copied(tree.files), folders: new Set(tree.folders) }),
    load(image) {
      life++;
      removed = new Map();
      tree.clear();
      for (const folder of image.folders) tree.makeFolder(folder);
      for (const [name, file] of copied(image.files)) tree.putFile(name, file);
    },
  };
}

/** No file system keeps to itself for longer what has changed, ms. */
const JOURNAL_MS = 60_000;

const copied = (files: ReadonlyMap<string, MemoryFile>) =>
  new Map([...files].map(([name, file]) => [name, copyOf(file)]));
