import { createHash, type Hash } from 'node:crypto';
import type { Disk } from '@skerry/kit';

const READ_BYTES = 1024 * 1024;

/** SHA-256 over the first `size` bytes of a file, to be gone on with. Rejects with the reason of an abort, which need not wait for gigabytes. */
export async function hashFile(disk: Disk, path: string, size: number, signal?: AbortSignal): Promise<Hash> {
  const hash = createHash('sha256');
  const file = await disk.openRead(path);
  try {
    for (let at = 0; at < size; at += READ_BYTES) {
      signal?.throwIfAborted();
      hash.update(await file.read(at, Math.min(READ_BYTES, size - at)));
    }
  } finally {
    await file.close();
  }
  return hash;
}
