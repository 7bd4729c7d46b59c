import { createHash, type Hash } from 'node:crypto';
import type { Descriptor } from '@skerry/contracts';
import type { Disk } from '@skerry/kit';
import { agentError } from '../errors.ts';
import { hashFile } from './hash-file.ts';
import type { ArtifactPaths } from './paths.ts';
import { type BlobAnswer, digestMismatch, type Registry } from './registry.ts';
import { isWhole } from './whole.ts';

export interface PullBlob {
  readonly registry: Registry;
  readonly disk: Disk;
  readonly paths: ArtifactPaths;
  readonly repository: string;
  readonly blob: Pick<Descriptor, 'digest' | 'size'>;
  /** Blobs of which what lies here could not be read when it was needed last. */
  readonly unread: Set<string>;
  /** Told how many more bytes are here. */
  readonly onBytes: (count: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Brings a blob to its place, verified, unless it is there and whole. What was pulled before a cut stays as a partial
 * file, and the rest is asked for by range; content of another digest is thrown away (`DigestMismatch`).
 */
export async function pullBlob(options: PullBlob): Promise<void> {
  const { disk, paths, blob, signal } = options;
  if (await isWhole(disk, paths.blob(blob.digest), blob, signal)) return options.onBytes(blob.size);
  await disk.makeFolder(paths.partials);
  const { hash, size } = await hashPartial(options);
  options.onBytes(size);
  const found = size === blob.size ? hash : await fetchRest(options, hash, size);
  await settle(options, `sha256:${found.digest('hex')}`);
}

/** The hash over what is there already; a file too large to be a part of the blob is thrown away. */
async function hashPartial(options: PullBlob): Promise<{ hash: Hash; size: number }> {
  const { disk, paths, blob } = options;
  const path = paths.partial(blob.digest);
  const size = (await disk.stat(path))?.size ?? 0;
  if (size > blob.size) await disk.remove(path);
  if (size === 0 || size > blob.size) return { hash: createHash('sha256'), size: 0 };
  return { hash: await readPartial(options, path, size), size };
}

/** What cannot be read may be a moment later, and costs a download: it is thrown away at the second failure in a row. */
async function readPartial(
  { disk, blob, unread, signal }: PullBlob,
  path: string,
  size: number,
): Promise<Hash> {
  const failedBefore = unread.delete(blob.digest);
  try {
    return await hashFile(disk, path, size, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (failedBefore) await disk.remove(path);
    else unread.add(blob.digest);
    throw error;
  }
}

async function fetchRest(options: PullBlob, partial: Hash, size: number): Promise<Hash> {
  const { registry, repository, blob, signal } = options;
  const answer = await registry.blob(repository, blob.digest, size, blob.size, signal);
  try {
    return await append(options, answer, partial, size);
  } finally {
    answer.discard();
  }
}

async function append(
  { disk, paths, blob, onBytes }: PullBlob,
  { from, chunks }: BlobAnswer,
  partial: Hash,
  size: number,
): Promise<Hash> {
  const path = paths.partial(blob.digest);
  if (from < size) {
    await disk.truncate(path, 0);
    onBytes(-size);
  }
  const hash = from < size ? createHash('sha256') : partial;
  const file = await disk.openAppend(path);
  try {
    for await (const chunk of chunks) {
      if (file.size + chunk.length > blob.size) break;
      await file.write(chunk);
      hash.update(chunk);
      onBytes(chunk.length);
    }
    await file.sync();
    if (file.size === blob.size) return hash;
  } finally {
    await file.close();
  }
  throw agentError('PullFailed', `${blob.digest} ended before its ${blob.size} bytes were here`);
}

async function settle({ disk, paths, blob }: PullBlob, found: string): Promise<void> {
  const partial = paths.partial(blob.digest);
  if (found !== blob.digest) {
    await disk.remove(partial);
    throw digestMismatch(`the blob ${blob.digest}`, found);
  }
  await disk.makeFolder(paths.blobs);
  await disk.rename(partial, paths.blob(blob.digest));
}
