import { basename, dirname, join } from 'node:path';
import type { Clock, Disk, Random } from '@skerry/kit';
import { hubError } from '../errors.ts';
import { nowText } from '../time.ts';
import { type ArchiveFile, writeArchive } from './archive.ts';
import { type Contents, contentsOf, heldFile } from './contents.ts';
import { copyDatabase, removeAbandoned, removeAbandonedCopies } from './copy.ts';
import { databaseName, type Manifest, manifest, manifestName, maxManifestBytes } from './manifest.ts';
import { type Seal, sealed } from './seal.ts';

export interface BackupOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  /** The hub's data folder; a hub may be running on it. */
  readonly data: string;
  /** Where the backup goes. */
  readonly file: string;
  readonly seal: Seal;
  /** Of this program. */
  readonly version: string;
  /** Gives up, and leaves nothing behind. */
  readonly signal: AbortSignal;
}

export interface WrittenBackup extends Pick<Manifest, 'hubId' | 'epoch' | 'createdAt' | 'missing'> {
  /** Bytes of the backup. */
  readonly bytes: number;
  /** Files in it. */
  readonly files: number;
}

/**
 * Writes one consistent, encrypted copy of a hub while it serves. It is under its name only when it is whole; nothing
 * is overwritten. Rejects with `Conflict` when the file is there, `FileNotFound` when there is no hub in the folder.
 */
export async function writeBackup(options: BackupOptions): Promise<WrittenBackup> {
  const { disk, data, file } = options;
  if (await disk.stat(file)) throw taken(file);
  await requireHub(disk, data);
  await removeAbandonedCopies(options);
  await removeAbandoned(options, dirname(file), (name) => isTemporary(name, basename(file)));
  // The database first: all blobs that it refers to were stored before.
  const copy = await copyDatabase(options);
  try {
    return await writeFile(options, await contentsOf(options, copy));
  } finally {
    await copy.file.close();
  }
}

/** Rejects with `FileNotFound` where the folder has no such part of a hub: opening a database would make one. */
export async function requireHub(disk: Disk, data: string, part = databaseName): Promise<void> {
  if (await disk.stat(join(data, part))) return;
  throw hubError('FileNotFound', `there is no hub in ${data}`, { next: 'Name its folder with --data.' });
}

async function writeFile(options: BackupOptions, contents: Contents): Promise<WrittenBackup> {
  const { disk, clock, random, file, seal, signal } = options;
  const told = manifestOf(options, contents);
  const archive = writeArchive(withManifest(told, contents), Math.floor(clock.now() / 1000));
  const temporary = temporaryOf(file, random);
  try {
    const bytes = await writeAll(disk, temporary, await sealed(archive, seal), signal);
    await disk.link(temporary, file).catch((error) => {
      throw error.code === 'Conflict' ? taken(file) : error;
    });
    const { hubId, epoch, createdAt, missing, files } = told;
    return { hubId, epoch, createdAt, missing, bytes, files: files.length };
  } finally {
    await disk.remove(temporary);
  }
}

const temporaryOf = (file: string, random: Random) =>
  `${file}.${Buffer.from(random.bytes(6)).toString('hex')}.tmp`;
const isTemporary = (name: string, file: string) =>
  name.startsWith(file) && /^\.[0-9a-f]{12}\.tmp$/.test(name.slice(file.length));

async function writeAll(
  disk: Disk,
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<number> {
  const file = await disk.openAppend(path);
  try {
    for await (const chunk of chunks) {
      signal.throwIfAborted();
      await file.write(chunk);
    }
    await file.sync();
    return file.size;
  } finally {
    await file.close();
  }
}

/** Throws where a restore would refuse it. */
function manifestOf({ clock, version }: BackupOptions, { hubId, epoch, files, missing }: Contents): Manifest {
  const told = manifest.safeParse({
    format: 'skerry-hub-backup/1',
    version,
    hubId,
    epoch,
    createdAt: nowText(clock),
    files: files.map(({ path, size, sha256 }) => ({ path, size, sha256 })),
    missing,
  });
  if (told.success) return told.data;
  const [issue] = told.error.issues;
  const [, index] = issue?.path ?? [];
  const what = files[Number(index)]?.path ?? 'what the hub keeps';
  throw hubError('StorageFailed', `${what} cannot be backed up: ${issue?.message}`, {
    next: 'Move what no hub has written out of the data folder’s `keys`.',
  });
}

function withManifest(told: Manifest, { files }: Contents): ArchiveFile[] {
  const bytes = Buffer.from(`${JSON.stringify(told, null, 1)}\n`);
  if (bytes.length <= maxManifestBytes) return [heldFile(manifestName, bytes), ...files];
  throw hubError('PayloadTooLarge', `${files.length} files are more than a backup can name`, {
    next: 'Remove models that nobody needs any more.',
  });
}

const taken = (file: string) =>
  hubError('Conflict', `${file} is there already, and a backup overwrites nothing`, {
    next: 'Give another name, such as one with the date in it.',
  });
