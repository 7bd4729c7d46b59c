import { open, rm } from 'node:fs/promises';
import { agentError } from '../../errors.ts';

/** Writes a file that must not be there yet, for its owner alone. Rejects with `Conflict`, `DiskFull` or `StorageFailed`, and leaves nothing then. */
export async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw refusal(path, cause as NodeJS.ErrnoException);
  }
}

function refusal(path: string, cause: NodeJS.ErrnoException) {
  if (cause.code === 'EEXIST')
    return agentError('Conflict', `${path} is there already`, {
      next: 'Name another file, or remove that one.',
      cause,
    });
  const code = cause.code === 'ENOSPC' || cause.code === 'EDQUOT' ? 'DiskFull' : 'StorageFailed';
  return agentError(code, `${path} cannot be written: ${cause.message}`, { cause });
}
