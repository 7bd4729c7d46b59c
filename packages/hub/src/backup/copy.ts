import { join } from 'node:path';
import type { Clock, Disk, Random, ReadFile } from '@skerry/kit';
import { copySqlite, readSqlite } from '../db/snapshot.ts';
import { installation } from '../installation/read-model.ts';
import { referredBlobs } from '../registry/read-model.ts';
import { databaseName } from './manifest.ts';

/** A hub's database as it was at one moment. */
export interface DatabaseCopy {
  readonly hubId: string;
  readonly epoch: number;
  /** Digests of the blobs that it refers to. */
  readonly blobs: readonly string[];
  /** To be closed by whoever asked for the copy. It has no name any more: it is gone when it is closed. */
  readonly file: ReadFile;
}

export interface CopyOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  /** The hub's data folder. */
  readonly data: string;
}

const NAME = /^backup-[0-9a-f]+\.db$/;
/** What is being written changes all the time. */
const ABANDONED_MS = 10 * 60_000;

/**
 * Copies the database while the hub serves. The copy is in clear, so that it loses its name as soon as it is whole:
 * then nothing of it outlives the process, however that ends.
 */
export async function copyDatabase({ disk, clock, random, data }: CopyOptions): Promise<DatabaseCopy> {
  const path = join(data, `backup-${Buffer.from(random.bytes(6)).toString('hex')}.db`);
  try {
    await copySqlite(join(data, databaseName), path);
    const told = await ask(path, clock);
    return { ...told, file: await disk.openRead(path) };
  } finally {
    await disk.remove(path);
  }
}

async function ask(path: string, clock: Clock): Promise<Omit<DatabaseCopy, 'file'>> {
  const db = await readSqlite(path, clock);
  try {
    const { hubId, epoch } = await installation(db);
    return { hubId, epoch, blobs: await referredBlobs(db) };
  } finally {
    await db.destroy();
  }
}

/** Removes what a backup left that was killed while it copied. */
export async function removeAbandonedCopies({
  disk,
  clock,
  data,
}: Omit<CopyOptions, 'random'>): Promise<void> {
  await removeAbandoned({ disk, clock }, data, (name) => NAME.test(name));
}

/** Removes files of a folder that nobody goes on with, of those that are ours by their names. */
export async function removeAbandoned(
  { disk, clock }: Pick<CopyOptions, 'disk' | 'clock'>,
  folder: string,
  isOurs: (name: string) => boolean,
): Promise<void> {
  for (const { name } of await disk.list(folder)) {
    if (!isOurs(name)) continue;
    const stat = await disk.stat(join(folder, name));
    if (stat && stat.modifiedAt < clock.now() - ABANDONED_MS) await disk.remove(join(folder, name));
  }
}
