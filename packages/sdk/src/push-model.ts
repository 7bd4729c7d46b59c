import {
  canonicalJson,
  type Descriptor,
  digestOf,
  filepathAnnotation,
  type ModelConfig,
  type ModelManifest,
  type ModelVersion,
  mediaTypes,
  modelRepository,
  modelVersion,
} from '@skerry/contracts';
import type { Caller } from './caller.ts';
import { type Blob, pushBlob } from './push-blob.ts';

/** A file of a model: its path inside the model's folder, and how to read it piece by piece. */
export interface ModelFile extends Blob {
  readonly path: string;
}

export interface ModelPush {
  readonly project: string;
  readonly name: string;
  /** The ONNX file, its external data, model.yaml, acceptance cases. */
  readonly files: readonly ModelFile[];
  readonly license?: string | undefined;
  /** Told of every file: whether the registry had it. */
  readonly onFile?: ((file: ModelFile, was: 'uploaded' | 'there') => void) | undefined;
}

/**
 * Pushes files as one artifact (CNCF ModelPack 0.0.7, OCI distribution-spec 1.1) and gives it its version: the next
 * integer, or the one that the same content has already.
 */
export async function pushModel(caller: Caller, push: ModelPush): Promise<ModelVersion> {
  const { project, name, files } = push;
  const repository = modelRepository(project, name);
  for (const file of files) {
    const was = await pushBlob(caller, repository, file);
    push.onFile?.(file, was);
  }
  const config = blobOf(canonicalJson(configOf(push)));
  await pushBlob(caller, repository, config);
  const manifest = blobOf(canonicalJson(manifestOf(files, config)));
  await caller.send({
    method: 'PUT',
    path: `/v2/${repository}/manifests/${manifest.digest}`,
    headers: { 'content-type': mediaTypes.manifest },
    body: await manifest.read(0, manifest.size),
  });
  const path = `/api/v1/projects/${project}/models/${name}/versions`;
  return caller.read(modelVersion, { method: 'POST', path, json: { digest: manifest.digest } });
}

/** The same content gives the same config, and so the same digest: nothing in it depends on time or machine. */
function configOf({ name, files, license }: ModelPush): ModelConfig {
  return {
    descriptor: { name, ...(license !== undefined && { licenses: [license] }) },
    config: { format: 'onnx' },
    // Layers are raw, so the digest of the layer is that of its content.
    modelfs: { type: 'layers', diffIds: files.map(({ digest }) => digest) },
  };
}

function manifestOf(files: readonly ModelFile[], config: Blob): ModelManifest {
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: mediaTypes.modelManifest,
    config: { mediaType: mediaTypes.modelConfig, digest: config.digest, size: config.size },
    layers: files.map(layerOf),
  };
}

const layerOf = ({ path, digest, size }: ModelFile): Descriptor => ({
  mediaType: typeOf(path),
  digest,
  size,
  annotations: { [filepathAnnotation]: path },
});

function typeOf(path: string): string {
  if (/\.(ya?ml|json)$/i.test(path)) return mediaTypes.weightConfig;
  return /\.(md|txt)$/i.test(path) ? mediaTypes.doc : mediaTypes.weight;
}

function blobOf(text: string): Blob {
  const bytes = Buffer.from(text);
  return {
    digest: digestOf(bytes),
    size: bytes.length,
    read: async (start, length) => bytes.subarray(start, start + length),
  };
}
