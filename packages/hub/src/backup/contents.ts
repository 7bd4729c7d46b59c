import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { digestOf } from '@skerry/contracts';
import type { Disk, ReadFile } from '@skerry/kit';
import { hubError } from '../errors.ts';
import type { ArchiveFile } from './archive.ts';
import type { DatabaseCopy } from './copy.ts';
import { databaseName } from './manifest.ts';

/** A file of a backup: what its manifest says of it, and its bytes. */
export interface BackupFile extends ArchiveFile {
  readonly sha256: string;
}

export interface Contents {
  readonly hubId: string;
  readonly epoch: number;
  readonly files: readonly BackupFile[];
  /** Digests of blobs that should be there and are not. */
  readonly missing: readonly string[];
}

const PIECE = 256 * 1024;

/**
 * All that a backup of the hub in `data` holds, as of the copy of its database. Blobs never change and are never
 * removed while the database refers to them, so that they may be read later, while the hub goes on.
 */
export async function contentsOf(
  { disk, data }: { disk: Disk; data: string },
  { hubId, epoch, file, blobs: digests }: DatabaseCopy,
): Promise<Contents> {
  const database = await databaseFile(file);
  const keys = await keysOf(disk, data);
  const { blobs, missing } = await blobsOf(disk, data, digests);
  return { hubId, epoch, files: [database, ...keys, ...blobs], missing };
}

async function databaseFile(file: ReadFile): Promise<BackupFile> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of piecesOf(file)) {
    hash.update(piece);
    size += piece.length;
  }
  const sha256 = `sha256:${hash.digest('hex')}`;
  return { path: databaseName, size, sha256, read: () => piecesOf(file) };
}

const ROUNDS = 10;

/**
 * Held in memory, and read until they stay the same for a round: a hub that runs renews its certificates meanwhile, and
 * keys that are being replaced belong together.
 */
async function keysOf(disk: Disk, data: string): Promise<BackupFile[]> {
  let before: string | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const files = await readFolder(disk, data, 'keys');
    const now = JSON.stringify(files.map(({ path, sha256 }) => [path, sha256]));
    if (now === before) return files;
    before = now;
  }
  throw hubError('Unavailable', 'the keys of the hub change all the time');
}

async function readFolder(disk: Disk, data: string, folder: string): Promise<BackupFile[]> {
  const files: BackupFile[] = [];
  for (const { name, kind } of await disk.list(join(data, folder))) {
    const path = `${folder}/${name}`;
    if (kind === 'folder') files.push(...(await readFolder(disk, data, path)));
    if (kind !== 'file' || name.endsWith('.tmp')) continue;
    const bytes = await disk.readIfThere(join(data, path));
    if (bytes) files.push(heldFile(path, bytes));
  }
  return files;
}

export function heldFile(path: string, bytes: Uint8Array): BackupFile {
  const read = async function* () {
    yield bytes;
  };
  return { path, size: bytes.length, sha256: digestOf(bytes), read };
}

async function blobsOf(disk: Disk, data: string, digests: readonly string[]) {
  const blobs: BackupFile[] = [];
  const missing: string[] = [];
  for (const sha256 of digests) {
    const hex = sha256.slice('sha256:'.length);
    const path = `blobs/sha256/${hex.slice(0, 2)}/${hex}`;
    const stat = await disk.stat(join(data, path));
    if (stat)
      blobs.push({ path, sha256, size: stat.size, read: () => readBlob(disk, join(data, path), sha256) });
    else missing.push(sha256);
  }
  return { blobs, missing };
}

/** A restore refuses what is not as its digest says; so it is to be known when the backup is taken. */
async function* readBlob(disk: Disk, path: string, sha256: string): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const piece of readPieces(disk, path)) {
    hash.update(piece);
    yield piece;
  }
  if (`sha256:${hash.digest('hex')}` !== sha256)
    throw hubError('DigestMismatch', `${path} is damaged`, {
      next: 'Remove it, push the model again that it belongs to, and look at the disk.',
    });
}

async function* readPieces(disk: Disk, path: string): AsyncGenerator<Uint8Array> {
  const file = await disk.openRead(path);
  try {
    yield* piecesOf(file);
  } finally {
    await file.close();
  }
}

/** All of a file that stays the caller's to close. */
export async function* piecesOf(file: Pick<ReadFile, 'read'>): AsyncGenerator<Uint8Array> {
  for (let at = 0; ; ) {
    const piece = await file.read(at, PIECE);
    if (piece.length === 0) return;
    at += piece.length;
    yield piece;
  }
}
