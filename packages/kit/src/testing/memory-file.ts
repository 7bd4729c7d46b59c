import type { AppendFile, ReadFile } from '../ports/disk.ts';
import { storageError } from '../ports/storage-error.ts';

/** A file's content, and how much of it a power cut leaves. */
export interface MemoryFile {
  bytes: Uint8Array;
  length: number;
  /** Bytes that are synced. */
  durable: number;
  mode: number;
  modifiedAt: number;
  /** Pages that cannot be read any more, by their index. */
  dead?: ReadonlySet<number>;
}

const PAGE_BYTES = 4096;
export const pagesOf = ({ length }: MemoryFile): number => Math.ceil(length / PAGE_BYTES);

/** Rejects what touches a dead page. */
export function checkAlive(file: MemoryFile, what: string, path: string, position: number, end: number) {
  for (const page of file.dead ?? [])
    if (page * PAGE_BYTES < end && (page + 1) * PAGE_BYTES > position)
      throw storageError('StorageFailed', what, path);
}

/** What a copy of the disk has of it: whoever tries for long enough reads dead pages too. */
export const copyOf = ({ dead: _, ...file }: MemoryFile): MemoryFile => ({
  ...file,
  bytes: file.bytes.slice(),
});

/** What open files ask of the disk that they are on. */
export interface MemoryMedium {
  /** Rejects what was opened before a power cut. */
  check(openedIn: number, path: string): void;
  readonly life: number;
  /** Whether a sync only says that it has happened. */
  readonly lies: boolean;
  /** Takes up to `bytes` from what is free; returns how many there were. */
  take(bytes: number): number;
  changed(path: string): void;
}

export function appendTo(medium: MemoryMedium, path: string, file: MemoryFile): AppendFile {
  const openedIn = medium.life;
  return {
    get size() {
      return file.length;
    },
    async write(bytes) {
      medium.check(openedIn, path);
      checkAlive(file, 'writing', path, file.length, file.length + bytes.length);
      const room = medium.take(bytes.length);
      append(file, bytes.subarray(0, room));
      medium.changed(path);
      if (room < bytes.length) throw storageError('DiskFull', 'writing', path);
    },
    async sync() {
      medium.check(openedIn, path);
      if (!medium.lies) file.durable = file.length;
    },
    async close() {},
  };
}

export function readFrom(medium: MemoryMedium, path: string, file: MemoryFile): ReadFile {
  const openedIn = medium.life;
  return {
    async read(position, length) {
      medium.check(openedIn, path);
      const end = Math.min(file.length, position + length);
      checkAlive(file, 'reading', path, position, end);
      return file.bytes.slice(position, end);
    },
    async size() {
      medium.check(openedIn, path);
      return file.length;
    },
    async sync() {
      medium.check(openedIn, path);
      if (!medium.lies) file.durable = file.length;
    },
    async close() {},
  };
}

function append(file: MemoryFile, bytes: Uint8Array): void {
  const length = file.length + bytes.length;
  if (length > file.bytes.length) {
    const grown = new Uint8Array(Math.max(256, length * 2));
    grown.set(file.bytes.subarray(0, file.length));
    file.bytes = grown;
  }
  file.bytes.set(bytes, file.length);
  file.length = length;
}

/** Leaves what is synced, and of the rest a random part, now and then with a byte that is not what was written. */
export function cutPower(file: MemoryFile, random: () => number): void {
  const unsure = file.length - file.durable;
  file.length = file.durable + Math.floor(random() * (unsure + 1));
  if (file.length > file.durable && random() < 0.5) {
    const at = file.durable + Math.floor(random() * (file.length - file.durable));
    file.bytes[at] = file.bytes[at]! ^ 0xff;
  }
  file.durable = file.length;
}
