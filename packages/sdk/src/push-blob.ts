import type { Digest } from '@skerry/contracts';
import type { Caller } from './caller.ts';
import { notUnderstood } from './errors.ts';

/** Content that is read piece by piece, so that a large model never stands in memory whole. */
export interface Blob {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  read(start: number, length: number): Promise<Uint8Array>;
}

/** Bytes of a request, at most; larger content goes up in chunks. */
export const chunkBytes = 8 * 1024 * 1024;

/** Puts content into a repository, unless it is there (OCI distribution-spec 1.1, § Pushing blobs). */
export async function pushBlob(
  caller: Caller,
  repository: string,
  blob: Blob,
): Promise<'uploaded' | 'there'> {
  const base = `/v2/${repository}/blobs`;
  const there = await caller.send({ method: 'HEAD', path: `${base}/${blob.digest}`, accept: [404] });
  if (there.status !== 404) return 'there';
  const begun = await caller.send({ method: 'POST', path: `${base}/uploads/` });
  let location = locationOf(begun.headers, base);
  const inChunks = blob.size > chunkBytes;
  if (inChunks) location = await sendChunks(caller, location, blob);
  const body = inChunks ? new Uint8Array() : await blob.read(0, blob.size);
  const headers = { 'content-type': 'application/octet-stream' };
  await caller.send({ method: 'PUT', path: location, query: { digest: blob.digest }, headers, body });
  return 'uploaded';
}

/** Chunks in order, each to where the answer before said. */
async function sendChunks(caller: Caller, first: string, blob: Blob): Promise<string> {
  let location = first;
  for (let start = 0; start < blob.size; start += chunkBytes) {
    const body = await blob.read(start, Math.min(chunkBytes, blob.size - start));
    const headers = {
      'content-type': 'application/octet-stream',
      'content-range': `${start}-${start + body.length - 1}`,
    };
    const answer = await caller.send({ method: 'PATCH', path: location, headers, body });
    location = locationOf(answer.headers, location);
  }
  return location;
}

/** `Location` may be absolute or from the root; it must not lead the token to another server. */
function locationOf(headers: Readonly<Record<string, string>>, asked: string): string {
  const { location } = headers;
  if (location === undefined) throw notUnderstood(`the upload to ${asked}`, 202);
  const { pathname, search } = new URL(location, 'http://hub');
  return pathname + search;
}
