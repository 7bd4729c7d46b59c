import { isSkerryError } from './errors.ts';
import type { Disk } from './ports/disk.ts';

/**
 * Small files without which nothing goes on are there twice, each whole: what a flipped bit, or a page that the disk
 * does not read, makes of one is then good in the other. Which is good the reader knows; the first is the one that
 * people see and may change.
 */
const copyOf = (path: string) => `${path}.copy`;

/** Of the files of a folder those that are not the copy of another. */
export const withoutCopies = (names: readonly string[]): string[] => {
  const copies = new Set(names.map(copyOf));
  return names.filter((name) => !copies.has(name));
};

/** Resolves once both are durable; after an error the first may be the new one already. */
export async function writeWithCopy(disk: Disk, path: string, content: Uint8Array | string): Promise<void> {
  await disk.writeAtomic(path, content);
  await disk.writeAtomic(copyOf(path), content);
}

/** What can be read of the file and its copy, none where there is no such file. Rejects where neither can be read. */
export async function readWithCopy(disk: Disk, path: string): Promise<Uint8Array[]> {
  const [first, copy] = await Promise.allSettled([disk.readIfThere(path), disk.readIfThere(copyOf(path))]);
  if (first.status === 'fulfilled' && !first.value) return [];
  const found = [first, copy].flatMap((it) => (it.status === 'fulfilled' && it.value ? [it.value] : []));
  if (found.length === 0 && first.status === 'rejected') throw first.reason;
  return found;
}

/** False where one of the two is damaged, altered or missing; true where there is no such file. */
export async function isAsItsCopy(disk: Disk, path: string): Promise<boolean> {
  const [first, copy] = await readWithCopy(disk, path);
  return !first || (copy !== undefined && Buffer.compare(first, copy) === 0);
}

/** Makes both what turned out to be good; whether one was not. */
export async function mendWithCopy(disk: Disk, path: string, good: Uint8Array): Promise<boolean> {
  let wasMended = false;
  for (const one of [path, copyOf(path)]) {
    const held = await disk.readIfThere(one).catch(unreadable);
    if (held && Buffer.compare(held, good) === 0) continue;
    await disk.writeAtomic(one, good);
    wasMended = true;
  }
  return wasMended;
}

/** When it was written: to mend one of them later changes nothing. */
export async function writtenAt(disk: Disk, path: string): Promise<number> {
  const stats = await Promise.all([disk.stat(path), disk.stat(copyOf(path))]);
  return Math.min(...stats.map((stat) => stat?.modifiedAt ?? Number.POSITIVE_INFINITY));
}

function unreadable(error: unknown): undefined {
  if (!isSkerryError(error, 'StorageFailed')) throw error;
}
