import type { Stop } from './clock.ts';

export type EntryKind = 'file' | 'folder' | 'other';

export interface DiskEntry {
  readonly name: string;
  /** Bytes; 0 for what is no file. */
  readonly size: number;
  readonly kind: EntryKind;
}

export interface DiskStat {
  readonly size: number;
  readonly kind: EntryKind;
  /** Wall time of the last change to the content, ms since the epoch. */
  readonly modifiedAt: number;
  /** Permission bits, such as 0o600. */
  readonly mode: number;
}

/** A file that only grows. One caller at a time: await each call before the next. */
export interface AppendFile {
  /** Bytes in the file, with what was there when it was opened. */
  readonly size: number;
  /** Appends all of `bytes`. After an error an unknown part of them may be in the file. */
  write(bytes: Uint8Array): Promise<void>;
  /** fdatasync: what was written survives a power cut. After an error, nothing since the last sync is sure. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface ReadFile {
  /** Up to `length` bytes from `position`; fewer at the end of the file. */
  read(position: number, length: number): Promise<Uint8Array>;
  size(): Promise<number>;
  /** fdatasync of the file, whoever wrote it. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Files and folders. Every name that a call creates or moves survives a power cut once the call resolves (the
 * folder is synced); removals may come back after one. Errors are `SkerryError`s with a code of
 * `StorageCode`. Files are made 0600 and folders 0700 unless said otherwise.
 */
export interface Disk {
  /** Rejects with `FileNotFound`. */
  read(path: string): Promise<Uint8Array>;
  readIfThere(path: string): Promise<Uint8Array | undefined>;
  /** Replaces the file at once and durably (temporary file, fsync, rename, fsync of the folder). */
  writeAtomic(path: string, bytes: Uint8Array | string, options?: { mode?: number }): Promise<void>;
  /** Opens the file at its end, made if it is not there. */
  openAppend(path: string, options?: { mode?: number }): Promise<AppendFile>;
  /** Rejects with `FileNotFound`. */
  openRead(path: string): Promise<ReadFile>;
  /** By name; a folder that is not there has no entries. */
  list(folder: string): Promise<DiskEntry[]>;
  stat(path: string): Promise<DiskStat | undefined>;
  /** Removes a file, or nothing. */
  remove(path: string): Promise<void>;
  /** Removes a folder with all in it, or nothing. */
  removeTree(path: string): Promise<void>;
  /** Replaces what `to` was. Rejects with `FileNotFound` when `from` is not there. */
  rename(from: string, to: string): Promise<void>;
  /** A second name for a file: a hard link, or a durable copy where there are none. Rejects with `Conflict`. */
  link(from: string, to: string): Promise<void>;
  /** With its parents; nothing when it is there. */
  makeFolder(path: string, mode?: number): Promise<void>;
  /** Cuts the file to `size` bytes, durably. */
  truncate(path: string, size: number): Promise<void>;
  /** Makes removals from the folder durable, of names that are in it itself. */
  syncFolder(folder: string): Promise<void>;
  /** A hint that something in the folder changed. May miss changes, and say nothing at all: poll as well. */
  watch(folder: string, onChange: () => void): Stop;
  /** Bytes that a user without privileges may still write on the file system of `path`. */
  freeBytes(path: string): Promise<number>;
}

/** What a `Disk` rejects with; `Conflict` says that the name is taken. */
export type StorageCode = 'FileNotFound' | 'Conflict' | 'DiskFull' | 'StorageFailed';
