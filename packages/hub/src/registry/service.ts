import { digestOf } from '@skerry/contracts';
import { uuidv7 } from '@skerry/kit';
import type { HubContext } from '../context.ts';
import { nowText } from '../time.ts';
import type { BlobStore } from './blob-store.ts';
import { parseManifest } from './manifest.ts';
import { OciError } from './oci-error.ts';
import type { Repository } from './store.ts';
import * as store from './store.ts';

export type Registry = ReturnType<typeof registryService>;

export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
}

/** What OCI Distribution 1.1 asks for, without HTTP. A repository sees only what was pushed to it. */
export function registryService({ db, clock, random }: HubContext, blobs: BlobStore) {
  const link = (repository: Repository, digest: string, size: number) =>
    store.linkBlob(db, { ...row(repository), digest, size, created_at: nowText(clock) });

  /** Bytes of a blob that is whole: one that the disk has lost is unknown, so that pushing it again brings it back. */
  const findBlob = async (repository: Repository, digest: string): Promise<number | undefined> => {
    const found = await store.findBlob(db, repository, digest);
    const size = found && Number(found.size);
    return size === undefined || (await blobs.sizeOf(digest)) !== size ? undefined : size;
  };

  const blobSize = async (repository: Repository, digest: string): Promise<number> => {
    const size = await findBlob(repository, digest);
    if (size === undefined) throw new OciError('BLOB_UNKNOWN', `the repository has no blob ${digest}`);
    return size;
  };

  const requireReferences = async (
    repository: Repository,
    digests: readonly string[],
    find: typeof store.findBlob,
  ) => {
    for (const digest of new Set(digests)) {
      if (!(await find(db, repository, digest)))
        throw new OciError('MANIFEST_BLOB_UNKNOWN', `push ${digest} first: the manifest refers to it`);
    }
  };

  return {
    blobSize,
    readBlob: blobs.read,

    async beginUpload(repository: Repository): Promise<string> {
      const upload = uuidv7(clock, random);
      await blobs.beginUpload(uploadName(repository, upload));
      return upload;
    },
    received: (repository: Repository, upload: string) => blobs.received(uploadName(repository, upload)),
    append: (repository: Repository, upload: string, chunks: AsyncIterable<Uint8Array>) =>
      blobs.append(uploadName(repository, upload), chunks),
    async finish(repository: Repository, upload: string, digest: string): Promise<void> {
      await link(repository, digest, await blobs.finish(uploadName(repository, upload), digest));
    },
    cancel: (repository: Repository, upload: string) => blobs.cancel(uploadName(repository, upload)),

    /** True when the blob was in `from`, and is now in the repository too. */
    async mount(repository: Repository, from: Repository, digest: string): Promise<boolean> {
      const size = await findBlob(from, digest);
      if (size !== undefined) await link(repository, digest, size);
      return size !== undefined;
    },

    /** Stores a manifest under its digest and, when `reference` is a tag, under that. */
    async putManifest(
      repository: Repository,
      reference: string,
      bytes: Uint8Array,
      contentType: string | undefined,
    ) {
      const parsed = parseManifest(bytes, contentType);
      const digest = digestOf(bytes);
      if (isDigest(reference) && reference !== digest)
        throw new OciError('DIGEST_INVALID', `the manifest is ${digest}, not ${reference}`);
      await requireReferences(repository, parsed.blobs, store.findBlob);
      await requireReferences(repository, parsed.manifests, store.findManifest as typeof store.findBlob);
      await blobs.put(digest, bytes);
      const at = nowText(clock);
      await db.transaction().execute(async (trx) => {
        const size = bytes.length;
        await store.putManifest(trx, {
          ...row(repository),
          digest,
          media_type: parsed.mediaType,
          size,
          created_at: at,
        });
        if (!isDigest(reference))
          await store.putTag(trx, { ...row(repository), tag: reference, digest, updated_at: at });
      });
      return { digest, subject: parsed.subject };
    },

    async manifest(repository: Repository, reference: string): Promise<StoredManifest> {
      const digest = isDigest(reference) ? reference : await store.findTag(db, repository, reference);
      const found = digest === undefined ? undefined : await store.findManifest(db, repository, digest);
      if (!found) throw new OciError('MANIFEST_UNKNOWN', `the repository has no manifest ${reference}`);
      return { digest: found.digest, mediaType: found.media_type, size: Number(found.size) };
    },

    async tags(repository: Repository, last: string, limit: number): Promise<string[]> {
      if (!(await store.hasRepository(db, repository)))
        throw new OciError('NAME_UNKNOWN', `there is no repository ${repository.repository}`);
      return store.listTags(db, repository, last, limit);
    },
  };
}

const isDigest = (reference: string) => reference.includes(':');
const row = ({ projectId, repository }: Repository) => ({ project_id: projectId, repository });

/** An upload belongs to its repository: under another name it is unknown. */
const uploadName = ({ projectId, repository }: Repository, upload: string) =>
  `${projectId}.${repository.replace('/', '.')}.${upload}`;
