import { z } from 'zod';
import { digest } from '../names.ts';

/** Media types of CNCF ModelPack 0.0.7 and of OCI 1.1. */
export const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  modelManifest: 'application/vnd.cncf.model.manifest.v1+json',
  modelConfig: 'application/vnd.cncf.model.config.v1+json',
  weight: 'application/vnd.cncf.model.weight.v1.raw',
  weightConfig: 'application/vnd.cncf.model.weight.config.v1.raw',
  doc: 'application/vnd.cncf.model.doc.v1.raw',
} as const;

/** Layer annotation: where the file stands in the model's folder. */
export const filepathAnnotation = 'org.cncf.model.filepath';

/** A path inside a folder: relative, with forward slashes, never leading out of it. */
export const relativePath = z
  .string()
  .max(255)
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/,
    'must be a relative path inside the folder',
  );

export const descriptor = z.object({
  mediaType: z.string().max(255),
  digest,
  /** Bytes. */
  size: z.number().int().nonnegative(),
  annotations: z.record(z.string(), z.string()).optional(),
});
export type Descriptor = z.infer<typeof descriptor>;

export const modelManifest = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal(mediaTypes.manifest),
  artifactType: z.literal(mediaTypes.modelManifest),
  config: descriptor,
  layers: z.array(descriptor).min(1).max(512),
  annotations: z.record(z.string(), z.string()).optional(),
});
export type ModelManifest = z.infer<typeof modelManifest>;

export const modelConfig = z.object({
  descriptor: z.object({
    name: z.string().optional(),
    version: z.string().optional(),
    licenses: z.array(z.string()).optional(),
  }),
  config: z.object({ format: z.string().optional() }),
  modelfs: z.object({ type: z.literal('layers'), diffIds: z.array(digest) }),
});
export type ModelConfig = z.infer<typeof modelConfig>;

/** Bytes of a manifest, at most (OCI distribution-spec, §pushing manifests: registries should take 4 MiB). */
export const maxManifestBytes = 4 * 1024 * 1024;

/** Repository of a model in the registry. */
export function modelRepository(project: string, model: string): string {
  return `${project}/models/${model}`;
}
