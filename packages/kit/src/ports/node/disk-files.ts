import { constants, type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AppendFile, ReadFile } from '../disk.ts';
import { errnoOf, storing } from './errno.ts';

export function openAppend(path: string, mode: number): Promise<AppendFile> {
  return storing('opening', path, async () => {
    const { file, made } = await openOrMake(path, mode);
    try {
      if (made) await syncFolder(dirname(path));
      return appendFile(path, file, (await file.stat()).size);
    } catch (error) {
      await file.close();
      throw error;
    }
  });
}

async function openOrMake(path: string, mode: number): Promise<{ file: FileHandle; made: boolean }> {
  const flags = constants.O_WRONLY | constants.O_APPEND;
  try {
    return { file: await open(path, flags), made: false };
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    return { file: await open(path, flags | constants.O_CREAT, mode), made: true };
  }
}

function appendFile(path: string, file: FileHandle, sizeAtOpen: number): AppendFile {
  let size = sizeAtOpen;
  const writeAll = async (bytes: Uint8Array) => {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done);
      done += bytesWritten;
      size += bytesWritten;
    }
  };
  return {
    get size() {
      return size;
    },
    write: (bytes) => storing('writing', path, () => writeAll(bytes)),
    sync: () => storing('syncing', path, () => file.datasync()),
    close: () => storing('closing', path, () => file.close()),
  };
}

export function openRead(path: string): Promise<ReadFile> {
  return storing('opening', path, async () => {
    const file = await open(path, 'r');
    return {
      read: (position, length) => storing('reading', path, () => readUpTo(file, position, length)),
      size: () => storing('reading', path, async () => (await file.stat()).size),
      sync: () => storing('syncing', path, () => file.datasync()),
      close: () => storing('closing', path, () => file.close()),
    };
  });
}

async function readUpTo(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** Makes the names in a folder durable. Some file systems have no such call and need none. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } catch (error) {
    if (errnoOf(error) !== 'EINVAL') throw error;
  } finally {
    await folder.close();
  }
}
