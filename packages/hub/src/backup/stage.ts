import { join } from 'node:path';
import type { Disk } from '@skerry/kit';
import { hubError } from '../errors.ts';
import { databaseName } from './manifest.ts';

/**
 * Where a restore puts its files until all of them are there and right: a folder within the hub's, so that the hub's
 * may be a mount or belong to a service's user. They are moved up one by one, the database last: a hub's folder with
 * a database is whole, one with a stage and without a database is not yet one.
 */
const stageName = 'restoring';
/** All that stands in a hub's folder after a restore. */
const restored: ReadonlySet<string> = new Set([stageName, 'admin-token', 'blobs', databaseName, 'keys']);

/** Makes the stage. What an unfinished restore left is removed first; rejects with `Conflict` if there is anything else. */
export async function makeStage(disk: Disk, data: string): Promise<string> {
  const entries = await disk.list(data);
  const isUnfinished =
    entries.every(({ name }) => restored.has(name)) && (await hasUnfinishedRestore(disk, data));
  if (entries.length > 0 && !isUnfinished)
    throw hubError('Conflict', `${data} is not empty, and a restore overwrites nothing`, {
      next: 'Give an empty or new folder with --data; keep the old one until you are content with the new.',
    });
  for (const { name } of entries) if (name !== stageName) await disk.removeTree(join(data, name));
  const stage = join(data, stageName);
  await disk.makeFolder(stage, 0o700);
  await emptyStage(disk, stage);
  return stage;
}

/** Makes the staged files the hub's. */
export async function moveUp(disk: Disk, data: string): Promise<void> {
  const stage = join(data, stageName);
  const names = (await disk.list(stage)).map(({ name }) => name).filter((name) => name !== databaseName);
  for (const name of [...names, databaseName]) await disk.rename(join(stage, name), join(data, name));
  await disk.removeTree(stage);
}

/** Removes what a restore that failed has staged. The stage stays, so that no hub begins anew in the folder. */
export async function emptyStage(disk: Disk, stage: string): Promise<void> {
  for (const { name } of await disk.list(stage)) await disk.removeTree(join(stage, name));
}

/** A hub must not begin anew in such a folder. */
export async function refuseUnfinishedRestore(disk: Disk, data: string): Promise<void> {
  if (!(await hasUnfinishedRestore(disk, data))) return;
  throw hubError('RestoreUnfinished', `a backup was being restored to ${data}, and not to its end`);
}

async function hasUnfinishedRestore(disk: Disk, data: string): Promise<boolean> {
  const [stage, database] = await Promise.all([
    disk.stat(join(data, stageName)),
    disk.stat(join(data, databaseName)),
  ]);
  return stage !== undefined && database === undefined;
}
