import { maxManifestBytes } from '@skerry/contracts';
import { z } from 'zod';
import { OciError } from './oci-error.ts';

const anyDigest = z.string().regex(/^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/);
const descriptor = z.looseObject({
  mediaType: z.string(),
  digest: anyDigest,
  size: z.number().int().nonnegative(),
});

/** What a registry needs to understand of an image manifest or an index (OCI image-spec 1.1); the rest is kept as it is. */
const manifest = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  config: descriptor.optional(),
  layers: z.array(descriptor).max(4096).optional(),
  manifests: z.array(descriptor).max(4096).optional(),
  subject: descriptor.optional(),
});

export interface ParsedManifest {
  readonly mediaType: string;
  /** Digests of what has to be in the repository before. */
  readonly blobs: readonly string[];
  readonly manifests: readonly string[];
  /** Digest of the manifest that this one says something about; it may be missing. */
  readonly subject?: string;
}

/** Throws `MANIFEST_INVALID`, saying what is wrong with it. */
export function parseManifest(bytes: Uint8Array, contentType: string | undefined): ParsedManifest {
  if (bytes.length > maxManifestBytes)
    throw new OciError('MANIFEST_INVALID', `the manifest is larger than ${maxManifestBytes} bytes`, {
      status: 413,
    });
  const parsed = manifest.safeParse(readJson(bytes));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(`${issue?.path.join('.') || 'it'}: ${issue?.message}`);
  }
  const { mediaType, config, layers = [], manifests = [], subject } = parsed.data;
  const declared = contentType?.split(';')[0]?.trim();
  const kind = mediaType ?? declared;
  if (!kind) throw invalid('neither it nor the Content-Type says its media type');
  if (declared && declared !== kind) throw invalid(`it says ${kind}, the Content-Type says ${declared}`);
  return {
    mediaType: kind,
    blobs: [...(config ? [config] : []), ...layers].map(({ digest }) => digest),
    manifests: manifests.map(({ digest }) => digest),
    ...(subject && { subject: subject.digest }),
  };
}

function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new OciError('MANIFEST_INVALID', 'the manifest is not JSON', { cause });
  }
}

const invalid = (why: string) => new OciError('MANIFEST_INVALID', `the manifest is not valid: ${why}`);
