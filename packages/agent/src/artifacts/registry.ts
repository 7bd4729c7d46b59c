import { digestOf, type ModelManifest, maxManifestBytes, mediaTypes, modelManifest } from '@skerry/contracts';
import type { HttpResponse } from '@skerry/kit';
import { agentError } from '../errors.ts';
import { refusalOf } from '../identity/answers.ts';
import type { HubClient } from '../identity/hub-client.ts';

const DEADLINE_MS = 30_000;
const MAX_REFUSAL_BYTES = 64 * 1024;

/** The hub's registry (OCI Distribution 1.1), as a device reads it. */
export interface Registry {
  /** The manifest's own bytes and what they say. Rejects with `DigestMismatch`. */
  manifest(
    repository: string,
    digest: string,
    signal: AbortSignal,
  ): Promise<{ bytes: Uint8Array; manifest: ModelManifest }>;
  /**
   * A blob from `offset` on, at most `maxBytes`; `from` is where the answer really begins: 0 when ranges are not known
   * there. Its connection stays open until it is read, or discarded.
   */
  blob(
    repository: string,
    digest: string,
    offset: number,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<BlobAnswer>;
}

export interface BlobAnswer {
  readonly from: number;
  readonly chunks: AsyncIterable<Uint8Array>;
  discard(): void;
}

export function hubRegistry(hub: HubClient): Registry {
  const get = async (
    path: string,
    headers: Record<string, string>,
    maxBytes: number,
    signal: AbortSignal,
  ) => {
    const request = { method: 'GET', headers, deadlineMs: DEADLINE_MS, maxBytes, signal };
    const response = await hub.request(`/v2/${path}`, request);
    if (response.status < 300) return response;
    throw await pullRefused(path, response);
  };

  return {
    async manifest(repository, digest, signal) {
      const path = `${repository}/manifests/${digest}`;
      const response = await get(path, { accept: mediaTypes.manifest }, maxManifestBytes, signal);
      const bytes = await response.body();
      if (digestOf(bytes) !== digest) throw digestMismatch(`the manifest ${digest}`, digestOf(bytes));
      return { bytes, manifest: parseManifest(bytes, digest) };
    },

    async blob(repository, digest, offset, maxBytes, signal) {
      const range: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-` } : {};
      const response = await get(`${repository}/blobs/${digest}`, range, maxBytes, signal);
      const from = response.status === 206 ? startOf(response, offset) : 0;
      return { from, chunks: response.stream(), discard: response.discard };
    },
  };
}

async function pullRefused(path: string, response: HttpResponse) {
  const body = await response.body().catch(() => new Uint8Array());
  const text = Buffer.from(body.subarray(0, MAX_REFUSAL_BYTES)).toString();
  const refusal = refusalOf(response.status, text, `pulling ${path}`);
  return agentError('PullFailed', refusal.detail, { cause: refusal });
}

/** First byte of a partial answer: Content-Range (RFC 9110 §14.4). */
function startOf(response: HttpResponse, asked: number): number {
  const start = /^bytes (\d+)-/.exec(response.headers['content-range'] ?? '')?.[1];
  if (Number(start) === asked) return asked;
  response.discard();
  throw agentError('PullFailed', `the registry answered another range than bytes ${asked} on`);
}

export function parseManifest(bytes: Uint8Array, digest: string): ModelManifest {
  try {
    return modelManifest.parse(JSON.parse(Buffer.from(bytes).toString()));
  } catch (cause) {
    throw agentError('PullFailed', `${digest} is no manifest of a model`, { cause });
  }
}

export const digestMismatch = (what: string, found: string) =>
  agentError('DigestMismatch', `${what} came with other content, ${found}; it was thrown away`);
