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
  /** Their bytes. */
  bytesBelow(folder: string): number;
  clear(): void;
}

export function memoryTree(): MemoryTree {
  const files = new Map<string, MemoryFile>();
  /** By folder: what lies directly in it, by name; undefined for another folder. */
  const folders = new Map<string, Map<string, MemoryFile | undefined>>();

  const clear = () => {
    files.clear();
    folders.clear();
    for (const top of ['/', '.']) folders.set(top, new Map());
  };
  clear();

  const makeFolder = (path: string) => {
    if (folders.has(path)) return;
    folders.set(path, new Map());
    makeFolder(folderOf(path));
    folders.get(folderOf(path))?.set(nameOf(path), undefined);
  };
  const deleteFile = (path: string) => {
    files.delete(path);
    folders.get(folderOf(path))?.delete(nameOf(path));
  };
  const deleteFolder = (path: string) => {
    for (const [name, file] of folders.get(path) ?? []) {
      if (file) deleteFile(pathOf(path, name));
      else deleteFolder(pathOf(path, name));
    }
    folders.delete(path);
    folders.get(folderOf(path))?.delete(nameOf(path));
  };
  function* below(folder: string): Iterable<readonly [string, MemoryFile]> {
    for (const [name, file] of folders.get(folder) ?? []) {
      if (file) yield [pathOf(folder, name), file];
      else yield* below(pathOf(folder, name));
    }
  }
  const bytesBelow = (folder: string): number => {
    let bytes = 0;
    for (const [name, file] of folders.get(folder) ?? [])
      bytes += file ? file.length : bytesBelow(pathOf(folder, name));
    return bytes;
  };

  return {
    files,
    get folders() {
      return folders.keys();
    },
    file: (path) => files.get(path),
    putFile(path, file) {
      files.set(path, file);
      folders.get(folderOf(path))?.set(nameOf(path), file);
    },
    deleteFile,
    hasFolder: (path) => folders.has(path),
    makeFolder,
    deleteFolder,
    list(folder) {
      const entries: DiskEntry[] = [];
      for (const [name, file] of folders.get(folder) ?? [])
        entries.push({ name, size: file?.length ?? 0, kind: file ? 'file' : 'folder' });
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    below,
    bytesBelow,
    clear,
  };
}

/** The folder of a clean path. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash > 0 ? path.slice(0, slash) : slash === 0 ? '/' : '.';
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);
const pathOf = (folder: string, name: string) =>
  folder === '/' ? `/${name}` : folder === '.' ? name : `${folder}/${name}`;

/** The one way to write a path. */
export const clean = (path: string): string =>
  isClean(path) ? path : posix.normalize(path).replace(/(?<=.)\/$/, '');

const isClean = (path: string) =>
  !path.startsWith('.') && !path.endsWith('/') && !path.includes('//') && !path.includes('/.');
