import { SkerryError } from '../errors.ts';
import type { StorageCode } from './disk.ts';

const NEXT: Readonly<Record<StorageCode, string>> = {
  FileNotFound: 'Check the path.',
  Conflict: 'Choose another name, or remove what is there.',
  DiskFull: 'Free some space on that file system.',
  StorageFailed:
    'Check who owns it, its mode and that it is not mounted read-only; then the kernel log for the disk.',
};

const STATUS: Readonly<Record<StorageCode, number>> = {
  FileNotFound: 404,
  Conflict: 409,
  DiskFull: 507,
  StorageFailed: 500,
};

/** What every `Disk` rejects with. `what` is the act: `reading`, `syncing`. */
export function storageError(code: StorageCode, what: string, path: string, cause?: unknown): SkerryError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new SkerryError({
    code,
    detail: `${what} ${path} failed${why}`,
    next: NEXT[code],
    status: STATUS[code],
    fields: { path },
    cause,
  });
}
