import { isSkerryError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Disk, ReadFile } from '../ports/disk.ts';
import { failingPages, PAGE_BYTES, type PagePart, partsOf } from './failing-pages.ts';

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

/**
 * The disk, of whose files what fails to be read is given up in the end, page by page: a sector that died takes what
 * lies in it, and not for ever all that lies behind. A page that was read since has not failed. Errors of any other
 * kind, or of the file's name, stay errors.
 */
export function patientDisk({ disk, clock, patienceMs }: PatientDiskOptions): PatientDisk {
  const failing = failingPages(clock, patienceMs);

  const readPages = async (
    file: ReadFile,
    path: string,
    parts: readonly PagePart[],
    givenUp: Set<number>,
  ) => {
    const [first, last] = [parts[0]!, parts.at(-1)!];
    const bytes = new Uint8Array(last.end - first.position);
    for (const { page, position, end } of parts) {
      try {
        bytes.set(await file.read(position, end - position), position - first.position);
        failing.succeeded(path, position, end);
      } catch (error) {
        if (!isSkerryError(error, 'StorageFailed') || !failing.isOver(path, page)) throw error;
        givenUp.add(page);
      }
    }
    return bytes;
  };

  async function openRead(path: string): Promise<PatientFile> {
    const file = await disk.openRead(path);
    const givenUp = new Set<number>();
    return {
      async read(position, length) {
        try {
          const bytes = await file.read(position, length);
          failing.succeeded(path, position, position + length);
          return bytes;
        } catch (error) {
          if (!isSkerryError(error, 'StorageFailed')) throw error;
          const parts = partsOf(position, Math.min(position + length, await file.size()));
          failing.failed(path, parts);
          if (!parts.some(({ page }) => failing.isOver(path, page))) throw error;
          return readPages(file, path, parts, givenUp);
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
        const bytes = await disk.readIfThere(path);
        failing.succeeded(path, 0, Infinity);
        return bytes;
      } catch (error) {
        if (!isSkerryError(error, 'StorageFailed')) throw error;
        return readWhole(await openRead(path));
      }
    },
    remove(path) {
      failing.forget(path);
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
