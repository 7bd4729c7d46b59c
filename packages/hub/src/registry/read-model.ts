import { modelManifest } from '@skerry/contracts';
import type { Executor } from '../db/schema.ts';
import { projectNamed } from '../projects/read-model.ts';
import type { BlobStore } from './blob-store.ts';
import { findManifest, listDigests, type Repository } from './store.ts';

export type { Repository } from './store.ts';

/** Digests of all content that any repository holds, in order. */
export const referredBlobs = (db: Executor): Promise<string[]> => listDigests(db);

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

/** A model that was pushed: bytes of all its layers, and its licence where the manifest says one. */
export interface PushedModel {
  readonly size: number;
  readonly license?: string;
}

const LICENSE = 'org.opencontainers.image.licenses';

/** The model under `PROJECT/models/NAME` and a digest, or undefined when nothing that is a model was pushed there. */
export function findPushedModel(db: Executor, blobs: BlobStore) {
  return async (name: string, digest: string): Promise<PushedModel | undefined> => {
    const [project = '', ...rest] = name.split('/');
    const { id: projectId } = await projectNamed(db, project);
    const found = await readManifest(db, blobs, { projectId, repository: rest.join('/') }, digest);
    const parsed = found && modelManifest.safeParse(JSON.parse(Buffer.from(found.bytes).toString()));
    if (!parsed?.success) return undefined;
    const { layers, annotations } = parsed.data;
    const license = annotations?.[LICENSE];
    return {
      size: layers.reduce((sum, layer) => sum + layer.size, 0),
      ...(license !== undefined && { license }),
    };
  };
}
