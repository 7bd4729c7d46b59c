import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { AppendFile, Disk } from '@skerry/kit';
import { OciError } from './oci-error.ts';
import type { ByteRange } from './ranges.ts';

/**
 * Content by digest (`sha256:…`), and uploads that are on their way to become content. Whole blobs are never in
 * memory. What has a digest was verified and is durable.
 */
export interface BlobStore {
  /** Bytes, or undefined when there is no such content. */
  sizeOf(digest: string): Promise<number | undefined>;
  read(digest: string, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** Stores small content whose digest the caller computed. */
  put(digest: string, bytes: Uint8Array): Promise<void>;
  beginUpload(upload: string): Promise<void>;
  /** Bytes received so far; throws `BLOB_UPLOAD_UNKNOWN`. */
  received(upload: string): Promise<number>;
  /** Appends all of `chunks`, gives the bytes received so far. What came before an error stays. */
  append(upload: string, chunks: AsyncIterable<Uint8Array>): Promise<number>;
  /** Makes content of the upload; throws `DIGEST_INVALID` and forgets the upload when it is something else. */
  finish(upload: string, digest: string): Promise<number>;
  cancel(upload: string): Promise<void>;
  /** Forgets uploads that nothing was added to since `before`, ms since the epoch. */
  cancelStale(before: number): Promise<void>;
}

export interface BlobStoreOptions {
  readonly disk: Disk;
  readonly folder: string;
  readonly maxBlobBytes: number;
  /** Bytes of the disk that uploads leave free. */
  readonly reserveBytes: number;
}

/** What is sent in one go keeps connected devices waiting: some 0.2 ms by TLS. */
const READ_BYTES = 64 * 1024;
/** Bytes between two looks at the free space. */
const SPACE_STEP = 8 * 1024 * 1024;

export function diskBlobStore({ disk, folder, maxBlobBytes, reserveBytes }: BlobStoreOptions): BlobStore {
  const uploads = join(folder, 'uploads');
  const uploadPath = (upload: string) => join(uploads, upload);
  const busy = new Set<string>();

  async function* readFile(path: string, { start, end }: ByteRange): AsyncGenerator<Uint8Array> {
    const file = await disk.openRead(path);
    try {
      for (let at = start; at <= end; ) {
        const bytes = await file.read(at, Math.min(READ_BYTES, end - at + 1));
        if (bytes.length === 0) throw new Error(`the file ended at byte ${at}`);
        at += bytes.length;
        yield bytes;
      }
    } finally {
      await file.close();
    }
  }

  const requireSpace = async () => {
    if ((await disk.freeBytes(folder)) < reserveBytes) throw noSpace();
  };

  /** One request at a time may change an upload. */
  const alone = async <T>(upload: string, work: () => Promise<T>): Promise<T> => {
    if (busy.has(upload))
      throw new OciError(
        'BLOB_UPLOAD_INVALID',
        'another request is writing to this upload; wait for its end',
      );
    busy.add(upload);
    try {
      return await work();
    } finally {
      busy.delete(upload);
    }
  };

  const received = async (upload: string) => {
    const stat = await disk.stat(uploadPath(upload));
    if (!stat)
      throw new OciError('BLOB_UPLOAD_UNKNOWN', 'there is no such upload; begin a new one with POST');
    return stat.size;
  };

  const writeAll = async (file: AppendFile, chunks: AsyncIterable<Uint8Array>) => {
    let checkAt = 0;
    for await (const chunk of chunks) {
      if (file.size >= checkAt) {
        await requireSpace();
        checkAt = file.size + SPACE_STEP;
      }
      if (file.size + chunk.length > maxBlobBytes)
        throw new OciError(
          'SIZE_INVALID',
          `the blob is larger than ${maxBlobBytes} bytes, the most that is taken`,
        );
      await file.write(chunk);
    }
  };

  return {
    async sizeOf(digest) {
      return (await disk.stat(blobPath(folder, digest)))?.size;
    },
    async *read(digest, range) {
      const path = blobPath(folder, digest);
      yield* readFile(path, range ?? { start: 0, end: ((await disk.stat(path))?.size ?? 0) - 1 });
    },
    async put(digest, bytes) {
      await requireSpace();
      await disk.makeFolder(shardOf(folder, digest));
      await disk.writeAtomic(blobPath(folder, digest), bytes);
    },
    async beginUpload(upload) {
      await disk.makeFolder(uploads);
      await disk.writeAtomic(uploadPath(upload), new Uint8Array());
    },
    received,
    append: (upload, chunks) =>
      alone(upload, async () => {
        await received(upload);
        const file = await disk.openAppend(uploadPath(upload));
        try {
          await writeAll(file, chunks);
          return file.size;
        } finally {
          await file.close();
        }
      }),
    finish: (upload, digest) =>
      alone(upload, async () => {
        const size = await received(upload);
        const path = uploadPath(upload);
        const found = await hashOf(readFile(path, { start: 0, end: size - 1 }));
        if (found !== digest) {
          await disk.remove(path);
          throw new OciError('DIGEST_INVALID', `the content is ${found}, not ${digest}; it was thrown away`);
        }
        await syncFile(disk, path);
        await disk.makeFolder(shardOf(folder, digest));
        await disk.rename(path, blobPath(folder, digest));
        return size;
      }),
    cancel: (upload) =>
      alone(upload, async () => {
        await received(upload);
        await disk.remove(uploadPath(upload));
      }),
    async cancelStale(before) {
      for (const { name } of await disk.list(uploads)) {
        const stat = await disk.stat(uploadPath(name));
        if (stat && stat.modifiedAt < before && !busy.has(name)) await disk.remove(uploadPath(name));
      }
    },
  };
}

/** `FOLDER/sha256/ab/abcd…`; the digest was checked by whoever parsed the request. */
function blobPath(folder: string, digest: string): string {
  return join(shardOf(folder, digest), hexOf(digest));
}

const hexOf = (digest: string) => digest.slice('sha256:'.length);
const shardOf = (folder: string, digest: string) => join(folder, 'sha256', hexOf(digest).slice(0, 2));

async function hashOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

async function syncFile(disk: Disk, path: string): Promise<void> {
  const file = await disk.openRead(path);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

export function noSpace(cause?: unknown): OciError {
  const message = 'the hub’s disk has reached its reserve of free space; free some, then push again';
  return new OciError('DENIED', message, { status: 507, cause });
}
