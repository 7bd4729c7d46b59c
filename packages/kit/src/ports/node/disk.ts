import { randomBytes } from 'node:crypto';
import { type Dirent, watch as watchFolder } from 'node:fs';
import * as fs from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Disk, DiskEntry, EntryKind } from '../disk.ts';
import { storageError } from '../storage-error.ts';
import { openAppend, openRead, syncFolder } from './disk-files.ts';
import { errnoOf, orIfMissing, storing } from './errno.ts';

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** What file systems without hard links answer. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EMLINK', 'ENOSYS']);

export function nodeDisk(): Disk {
  return {
    read,
    readIfThere: (path) => orIfMissing(read(path), undefined),
    writeAtomic: (path, bytes, { mode = FILE_MODE } = {}) =>
      storing('writing', path, () => viaTemporary(path, (temporary) => writeNew(temporary, bytes, mode))),
    openAppend: (path, { mode = FILE_MODE } = {}) => openAppend(path, mode),
    openRead,
    list: (folder) => storing('listing', folder, () => list(folder)),
    stat: (path) => storing('looking at', path, () => orIfMissing(stat(path), undefined)),
    remove: (path) => storing('removing', path, () => orIfMissing(fs.unlink(path), undefined)),
    removeTree: (path) => storing('removing', path, () => fs.rm(path, { recursive: true, force: true })),
    rename: (from, to) => storing('renaming', from, () => rename(from, to)),
    link: (from, to) => storing('linking', to, () => link(from, to)),
    makeFolder: (path, mode = FOLDER_MODE) => storing('making', path, () => makeFolder(path, mode)),
    truncate: (path, size) => storing('cutting', path, () => truncate(path, size)),
    syncFolder: (folder) => storing('syncing', folder, () => syncFolder(folder)),
    watch,
    freeBytes: (path) => storing('looking at', path, () => freeBytes(path)),
  };
}

const read = (path: string): Promise<Uint8Array> => storing('reading', path, () => fs.readFile(path));

async function viaTemporary(path: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await fill(temporary);
    await rename(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
}

async function writeNew(path: string, bytes: Uint8Array | string, mode: number): Promise<void> {
  const file = await fs.open(path, 'wx', mode);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function list(folder: string): Promise<DiskEntry[]> {
  const found = await orIfMissing(fs.readdir(folder, { withFileTypes: true }), []);
  const entries = await Promise.all(found.map((entry) => entryOf(folder, entry)));
  return entries.filter((entry) => entry !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function entryOf(folder: string, entry: Dirent): Promise<DiskEntry | undefined> {
  const { name } = entry;
  if (!entry.isFile()) return { name, size: 0, kind: kindOf(entry) };
  const found = await orIfMissing(fs.stat(join(folder, name)), undefined);
  return found && { name, size: found.size, kind: 'file' };
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean }): EntryKind {
  if (entry.isFile()) return 'file';
  return entry.isDirectory() ? 'folder' : 'other';
}

async function stat(path: string) {
  const found = await fs.stat(path);
  const kind = kindOf(found);
  const size = kind === 'file' ? found.size : 0;
  return { size, kind, modifiedAt: found.mtimeMs, mode: found.mode & 0o777 };
}

async function rename(from: string, to: string): Promise<void> {
  await fs.rename(from, to);
  await syncFolder(dirname(to));
}

async function link(from: string, to: string): Promise<void> {
  try {
    await fs.link(from, to);
    await syncFolder(dirname(to));
  } catch (error) {
    if (!NO_LINKS.has(errnoOf(error))) throw error;
    await copy(from, to);
  }
}

async function copy(from: string, to: string): Promise<void> {
  if (await orIfMissing(fs.stat(to), undefined)) throw storageError('Conflict', 'copying to', to);
  await viaTemporary(to, async (temporary) => {
    await fs.copyFile(from, temporary);
    await syncFile(temporary);
  });
}

async function makeFolder(path: string, mode: number): Promise<void> {
  const whole = resolve(path);
  const first = await fs.mkdir(whole, { recursive: true, mode });
  if (first === undefined) return;
  for (let made = whole; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

async function truncate(path: string, size: number): Promise<void> {
  await fs.truncate(path, size);
  await syncFile(path);
}

async function syncFile(path: string): Promise<void> {
  const file = await fs.open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function watch(folder: string, onChange: () => void) {
  try {
    const watcher = watchFolder(folder, { persistent: false }, () => onChange());
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}

async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await fs.statfs(path);
  return bavail * bsize;
}
