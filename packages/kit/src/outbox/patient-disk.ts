import { isSkerryError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Disk, ReadFile } from '../ports/disk.ts';

/** A file of which some pages may not be readable any more. */
export interface PatientFile extends ReadFile {
  /** Zeros stand for what was given up. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** How many pages that end behind `position` were given up, as of the reads so far. */
  givenUpBehind(position: number): number;
}

/** What an outbox's files are read by. */
export interface PatientDisk extends Disk {
  openRead(path: string): Promise<PatientFile>;
}

export interface PatientDiskOptions {
  readonly disk: Disk;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** How long a read has to fail, again and again, until what cannot be read is given up. */
  readonly patienceMs: number;
}

/** What flash and discs lose at a time is as large at least. */
export const PAGE_BYTES = 4096;

/** A read that failed, and was not seen to succeed since. */
interface Failing {
  readonly since: number;
  readonly position: number;
  readonly length: number;
  again: number;
}

/** Failures that are further apart are two. */
const APART_MS = 2 * 3_600_000;

/**
 * The disk, of whose files what fails to be read is given up in the end, page by page: a sector that died takes what
 * lies in it, and not for ever all that lies behind. Errors of any other kind, or of the file's name, stay errors.
 */
export function patientDisk({ disk, clock, patienceMs }: PatientDiskOptions): PatientDisk {
  const failing = new Map<string, Failing>();

  /** False until the same place has failed for long enough. */
  const isOver = (path: string, position: number, length: number): boolean => {
    const now = clock.monotonic();
    const before = failing.get(path);
    const goesOn = before && now - before.again <= APART_MS;
    const it = goesOn ? before : { since: now, position, length, again: now };
    it.again = now;
    failing.set(path, it);
    return now - it.since >= patienceMs;
  };
  const succeeded = (path: string, position: number, length: number) => {
    const known = failing.get(path);
    const covers = known && position <= known.position && position + length >= known.position + known.length;
    if (covers) failing.delete(path);
  };

  async function openRead(path: string): Promise<PatientFile> {
    const file = await disk.openRead(path);
    const givenUp = new Set<number>();
    return {
      async read(position, length) {
        try {
          const bytes = await file.read(position, length);
          succeeded(path, position, length);
          return bytes;
        } catch (error) {
          if (!isSkerryError(error, 'StorageFailed') || !isOver(path, position, length)) throw error;
          return readPages(file, position, length, givenUp);
        }
      },
      givenUpBehind: (position) => [...givenUp].filter((page) => (page + 1) * PAGE_BYTES > position).length,
      size: () => file.size(),
      sync: () => file.sync(),
      close: () => file.close(),
    };
  }

  return {
    ...disk,
    openRead,
    async readIfThere(path) {
      try {
        return await disk.readIfThere(path);
      } catch (error) {
        if (!isSkerryError(error, 'StorageFailed')) throw error;
        return readWhole(await openRead(path));
      }
    },
    remove(path) {
      failing.delete(path);
      return disk.remove(path);
    },
  };
}

async function readWhole(file: PatientFile): Promise<Uint8Array> {
  try {
    return await file.read(0, await file.size());
  } finally {
    await file.close();
  }
}

async function readPages(
  file: ReadFile,
  position: number,
  length: number,
  givenUp: Set<number>,
): Promise<Uint8Array> {
  const end = Math.min(position + length, await file.size());
  const bytes = new Uint8Array(Math.max(0, end - position));
  for (let at = position; at < end; ) {
    const page = Math.floor(at / PAGE_BYTES);
    const next = Math.min(end, (page + 1) * PAGE_BYTES);
    const part = await file.read(at, next - at).catch((error) => {
      if (!isSkerryError(error, 'StorageFailed')) throw error;
      givenUp.add(page);
    });
    if (part) bytes.set(part, at - position);
    at = next;
  }
  return bytes;
}
