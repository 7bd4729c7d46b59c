import type { Descriptor } from '@skerry/contracts';
import type { Disk } from '@skerry/kit';
import { agentError } from '../errors.ts';
import type { ArtifactPaths } from './paths.ts';

/** Left free for what must be written come what may: state, outbox, logs. */
const RESERVE_BYTES = 64 * 1024 * 1024;

/** Rejects with `DiskFull` where there is no room for what is still to come of these blobs. */
export async function requireRoom(
  disk: Disk,
  paths: ArtifactPaths,
  blobs: readonly Descriptor[],
): Promise<void> {
  let toCome = 0;
  for (const { digest, size } of blobs) {
    const partial = (await disk.stat(paths.partial(digest)))?.size ?? 0;
    toCome += size - Math.min(partial, size);
  }
  const free = await disk.freeBytes(paths.models);
  if (toCome > 0 && free < toCome + RESERVE_BYTES)
    throw agentError(
      'DiskFull',
      `${mebibytes(toCome)} of the model are to come; ${mebibytes(free)} are free, of which ${mebibytes(RESERVE_BYTES)} stay so`,
    );
}

const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
