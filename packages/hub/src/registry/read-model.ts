import type { Executor } from '../db/schema.ts';
import type { BlobStore } from './blob-store.ts';
import { findManifest, type Repository } from './store.ts';

export type { Repository } from './store.ts';

/** A manifest's own bytes, or undefined when the repository has none of that digest. */
export async function readManifest(
  db: Executor,
  blobs: BlobStore,
  repository: Repository,
  digest: string,
): Promise<{ mediaType: string; bytes: Uint8Array } | undefined> {
  const row = await findManifest(db, repository, digest);
  if (!row) return undefined;
  return { mediaType: row.media_type, bytes: await readBlob(blobs, digest) };
}

/** The whole of a small blob, such as a manifest or a config. */
export async function readBlob(blobs: BlobStore, digest: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of blobs.read(digest)) parts.push(part);
  return Buffer.concat(parts);
}
