import { join } from 'node:path';
import type { Clock, Disk } from '@skerry/kit';
import { openSqlite } from '../db/open.ts';
import type { Db } from '../db/schema.ts';
import { databaseName, type Manifest } from './manifest.ts';
import type { Opener } from './seal.ts';
import { emptyStage, makeStage, moveUp } from './stage.ts';
import { unpack } from './unpack.ts';

export interface RestoreOptions<Begun> {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly file: string;
  readonly opener: Opener;
  /** The new hub's folder: it is made if it is not there, and has to be empty. */
  readonly data: string;
  /** Begins the new epoch in the restored database; files that belong to the hub go to `folder`. */
  readonly begin: (db: Db, folder: string, backup: Manifest) => Promise<Begun>;
}

export interface RestoredBackup<Begun> {
  readonly backup: Manifest;
  readonly begun: Begun;
}

/**
 * Makes a hub's folder of a backup. Whatever cuts it, the folder is a whole hub in its new epoch afterwards, or none
 * that a hub would start on. Rejects with `BackupLocked`, `BackupDamaged` or `Conflict`; then nothing of the backup is
 * left behind.
 */
export async function restoreBackup<Begun>(options: RestoreOptions<Begun>): Promise<RestoredBackup<Begun>> {
  const { disk, data } = options;
  await disk.makeFolder(data, 0o700);
  const stage = await makeStage(disk, data);
  const restored = await fill(options, stage).catch(async (error) => {
    await emptyStage(disk, stage);
    throw error;
  });
  await moveUp(disk, data);
  return restored;
}

async function fill<Begun>(
  { disk, clock, file, opener, begin }: RestoreOptions<Begun>,
  stage: string,
): Promise<RestoredBackup<Begun>> {
  const backup = await unpack(disk, file, opener, stage);
  const path = join(stage, databaseName);
  const db = await openSqlite(path, clock);
  const begun = await begin(db, stage, backup).finally(() => db.destroy());
  await disk.remove(`${path}-lock`);
  return { backup, begun };
}
