import { open } from 'node:fs/promises';
import { agentError } from '../../errors.ts';

/** Writes a file that must not be there yet, for its owner alone. Rejects with `Conflict` or `StorageFailed`. */
export async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw (cause as NodeJS.ErrnoException).code === 'EEXIST'
      ? agentError('Conflict', `${path} is there already`, {
          next: 'Name another file, or remove that one.',
          cause,
        })
      : agentError('StorageFailed', `${path} cannot be written: ${(cause as Error).message}`, { cause });
  }
}
