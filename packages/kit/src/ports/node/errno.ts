import { isSkerryError } from '../../errors.ts';
import type { StorageCode } from '../disk.ts';
import { storageError } from '../storage-error.ts';

const CODES: Readonly<Record<string, StorageCode>> = {
  ENOENT: 'FileNotFound',
  ENOTDIR: 'FileNotFound',
  EEXIST: 'Conflict',
  ENOSPC: 'DiskFull',
  EDQUOT: 'DiskFull',
};

export const errnoOf = (error: unknown): string => (error as NodeJS.ErrnoException)?.code ?? '';

/** Does `op`, turning what the system throws into a storage error. */
export async function storing<T>(what: string, path: string, op: () => Promise<T>): Promise<T> {
  try {
    return await op();
  } catch (error) {
    if (isSkerryError(error)) throw error;
    throw storageError(CODES[errnoOf(error)] ?? 'StorageFailed', what, path, error);
  }
}

/** What `op` resolves with, or `otherwise` when the file is not there. */
export async function orIfMissing<T, U>(op: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await op;
  } catch (error) {
    const missing = isSkerryError(error, 'FileNotFound') || CODES[errnoOf(error)] === 'FileNotFound';
    if (missing) return otherwise;
    throw error;
  }
}
