import { posix } from 'node:path';
import type { DiskEntry } from '../ports/disk.ts';
import type { MemoryFile } from './memory-file.ts';

/** Files and folders by their paths, which are absolute, or relative to one place, and clean. */
export interface MemoryTree {
  readonly files: ReadonlyMap<string, MemoryFile>;
  readonly folders: Iterable<string>;
  file(path: string): MemoryFile | undefined;
  /** In place of what lay there. Its folder must be there. */
  putFile(path: string, file: MemoryFile): void;
  deleteFile(path: string): void;
  hasFolder(path: string): boolean;
  /** And those above it. */
  makeFolder(path: string): void;
  /** With all that lies below it. */
  deleteFolder(path: string): void;
  list(folder: string): DiskEntry[];
  /** All files below a folder. */
  below(folder: string): Iterable<readonly [string, MemoryFile]>;
  clear(): void;
}

export function memoryTree(): MemoryTree {
  const files = new Map<string, MemoryFile>();
  /** By folder: the paths of what lies directly in it. */
  const folders = new Map<string, Set<string>>();

  const clear = () => {
    files.clear();
    folders.clear();
    for (const top of ['/', '.']) folders.set(top, new Set());
  };
  clear();

  const makeFolder = (path: string) => {
    if (folders.has(path)) return;
    folders.set(path, new Set());
    makeFolder(folderOf(path));
    folders.get(folderOf(path))?.add(path);
  };
  const deleteFile = (path: string) => {
    files.delete(path);
    folders.get(folderOf(path))?.delete(path);
  };
  const deleteFolder = (path: string) => {
    for (const child of folders.get(path) ?? []) {
      if (files.has(child)) deleteFile(child);
      else deleteFolder(child);
    }
    folders.delete(path);
    folders.get(folderOf(path))?.delete(path);
  };
  function* below(folder: string): Iterable<readonly [string, MemoryFile]> {
    for (const child of folders.get(folder) ?? []) {
      const file = files.get(child);
      if (file) yield [child, file];
      else yield* below(child);
    }
  }
  const entryOf = (path: string): DiskEntry => {
    const file = files.get(path);
    const name = path.slice(path.lastIndexOf('/') + 1);
    return { name, size: file?.length ?? 0, kind: file ? 'file' : 'folder' };
  };

  return {
    files,
    get folders() {
      return folders.keys();
    },
    file: (path) => files.get(path),
    putFile(path, file) {
      files.set(path, file);
      folders.get(folderOf(path))?.add(path);
    },
    deleteFile,
    hasFolder: (path) => folders.has(path),
    makeFolder,
    deleteFolder,
    list: (folder) =>
      [...(folders.get(folder) ?? [])].map(entryOf).sort((a, b) => (a.name < b.name ? -1 : 1)),
    below,
    clear,
  };
}

/** The folder of a clean path. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash > 0 ? path.slice(0, slash) : slash === 0 ? '/' : '.';
}

/** The one way to write a path. */
export const clean = (path: string): string =>
  isClean(path) ? path : posix.normalize(path).replace(/(?<=.)\/$/, '');

const isClean = (path: string) =>
  !path.startsWith('.') && !path.endsWith('/') && !path.includes('//') && !path.includes('/.');
