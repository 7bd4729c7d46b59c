import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { type Disk, describeError, isSkerryError } from '@skerry/kit';
import { hubError } from '../errors.ts';
import { readArchive } from './archive.ts';
import { piecesOf } from './contents.ts';
import { databaseName, type Manifest, manifest, manifestName, maxManifestBytes } from './manifest.ts';
import { type Opener, unsealed } from './seal.ts';

/**
 * Writes the files of a backup below a folder, each of them durable, and each compared with the manifest. Rejects with
 * `BackupLocked`, or with `BackupDamaged` when anything is missing, too much or other than it was.
 */
export async function unpack(disk: Disk, file: string, opener: Opener, folder: string): Promise<Manifest> {
  const opened = await disk.openRead(file);
  try {
    return await unpackAll(disk, unsealed(piecesOf(opened), opener), folder);
  } catch (error) {
    throw isSkerryError(error) ? error : damaged(describeError(error), error);
  } finally {
    await opened.close();
  }
}

async function unpackAll(disk: Disk, plain: AsyncIterable<Uint8Array>, folder: string): Promise<Manifest> {
  let told: Manifest | undefined;
  let next = 0;
  await readArchive(plain, async (entry, content) => {
    if (told === undefined) {
      told = await readManifest(entry, content);
      return;
    }
    const expected = told.files[next++];
    if (expected?.path !== entry.path || expected.size !== entry.size)
      throw damaged(`${entry.path} is not what comes next in it`);
    const sha256 = await writeDurably(disk, join(folder, entry.path), content);
    if (sha256 !== expected.sha256) throw damaged(`${entry.path} is not as it was`);
  });
  if (!told || next !== told.files.length) throw damaged('files are missing from it');
  return told;
}

async function readManifest(
  { path, size }: { path: string; size: number },
  content: AsyncIterable<Uint8Array>,
): Promise<Manifest> {
  if (path !== manifestName || size > maxManifestBytes) throw damaged('it does not begin with a manifest');
  const parts: Uint8Array[] = [];
  for await (const part of content) parts.push(Uint8Array.from(part));
  const parsed = manifest.safeParse(JSON.parse(Buffer.concat(parts).toString()));
  if (!parsed.success) throw damaged(`its manifest: ${parsed.error.issues[0]?.message}`);
  if (parsed.data.files[0]?.path !== databaseName) throw damaged('it has no database');
  return parsed.data;
}

/** The digest of what was written. */
async function writeDurably(disk: Disk, path: string, content: AsyncIterable<Uint8Array>): Promise<string> {
  await disk.makeFolder(dirname(path), 0o700);
  const hash = createHash('sha256');
  const file = await disk.openAppend(path);
  try {
    for await (const piece of content) {
      hash.update(piece);
      await file.write(piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return `sha256:${hash.digest('hex')}`;
}

const damaged = (why: string, cause?: unknown) =>
  hubError('BackupDamaged', `the backup cannot be restored: ${why}`, { cause });
