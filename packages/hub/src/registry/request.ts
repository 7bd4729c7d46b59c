import { Readable } from 'node:stream';
import { maxManifestBytes } from '@skerry/contracts';
import type { FastifyRequest } from 'fastify';
import { OciError } from './oci-error.ts';
import { parseContentRange } from './ranges.ts';
import type { Repository } from './store.ts';

/** Path of a repository: `{project}/{models|images}/{name}`. */
export const prefix = '/v2/:project/:kind/:name';

export interface Params {
  project: string;
  kind: string;
  name: string;
  digest: string;
  upload: string;
  reference: string;
}
export type Query = Partial<Record<'digest' | 'mount' | 'from' | 'n' | 'last', string>>;

const digestPattern = /^sha256:[0-9a-f]{64}$/;
const namePart = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const uploadPattern = /^[0-9a-f-]{36}$/;
const LONGEST_NAME = 128;

/** The address of the request's repository, without a slash at its end. */
export function addressOf(request: FastifyRequest): string {
  const { project, kind, name } = request.params as Params;
  return `/v2/${project}/${kind}/${name}`;
}

/** `models/NAME` or `images/NAME`; throws `NAME_UNKNOWN` or `NAME_INVALID`. */
export function repositoryName(kind: string, name: string): string {
  if (kind !== 'models' && kind !== 'images')
    throw new OciError('NAME_UNKNOWN', 'repositories are named PROJECT/models/NAME or PROJECT/images/NAME');
  if (!namePart.test(name) || name.length > LONGEST_NAME)
    throw new OciError('NAME_INVALID', `“${name}” is no name of a repository`);
  return `${kind}/${name}`;
}

/** The repository to mount from, if it is in the same project; a mount that is none falls back to an upload. */
export function mountSource(
  projectId: string,
  request: FastifyRequest,
  from: string,
): Repository | undefined {
  const [project, kind = '', name = '', ...rest] = from.split('/');
  if (rest.length > 0 || project !== (request.params as Params).project) return undefined;
  return { projectId, repository: repositoryName(kind, name) };
}

export function requireDigest(digest: string | undefined): string {
  if (digest !== undefined && digestPattern.test(digest)) return digest;
  throw new OciError('DIGEST_INVALID', 'a digest is sha256: and 64 hexadecimal digits');
}

/** A tag or a digest. */
export function requireReference(request: FastifyRequest): string {
  const { reference } = request.params as Params;
  if (reference.includes(':')) return requireDigest(reference);
  if (tagPattern.test(reference)) return reference;
  throw new OciError(
    'MANIFEST_INVALID',
    'a tag has at most 128 letters, digits, dots, dashes and underscores',
  );
}

export function requireUpload(request: FastifyRequest): string {
  const { upload } = request.params as Params;
  if (uploadPattern.test(upload)) return upload;
  throw new OciError('BLOB_UPLOAD_UNKNOWN', 'there is no such upload; begin a new one with POST');
}

/** The body as it comes. */
export function bodyOf(request: FastifyRequest): AsyncIterable<Uint8Array> {
  return (request.body as Readable | undefined) ?? Readable.from([]);
}

/** The whole of a body that is a manifest. */
export async function readManifestBody(request: FastifyRequest): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of bodyOf(request)) {
    size += part.length;
    if (size > maxManifestBytes)
      throw new OciError('MANIFEST_INVALID', `the manifest is larger than ${maxManifestBytes} bytes`, {
        status: 413,
      });
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** A chunk that says where it lies has to begin where the upload stands (§ Pushing a blob in chunks). */
export function follows(request: FastifyRequest, received: number): boolean {
  const header = request.headers['content-range'];
  if (header === undefined) return true;
  const range = parseContentRange(header);
  const length = request.headers['content-length'];
  if (!range || range.start !== received) return false;
  return length === undefined || Number(length) === range.end - range.start + 1;
}
