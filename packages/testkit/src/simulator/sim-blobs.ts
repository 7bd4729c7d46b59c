import { type Digest, digestOf, filepathAnnotation, mediaTypes } from '@skerry/contracts';

/** The hub's registry without its HTTP: bytes by digest. */
export interface SimBlobs {
  read(digest: string): Uint8Array | undefined;
  /** Puts a model of one small file there; the digest of its manifest. */
  push(content: string): Digest;
}

export function simBlobs(): SimBlobs {
  const blobs = new Map<string, Uint8Array>();
  const put = (bytes: Uint8Array) => {
    const digest = digestOf(bytes);
    blobs.set(digest, bytes);
    return digest;
  };
  return {
    read: (digest) => blobs.get(digest),
    push(content) {
      const bytes = Buffer.from(content);
      const annotations = { [filepathAnnotation]: 'model.onnx' };
      const layers = [{ mediaType: mediaTypes.weight, digest: put(bytes), size: bytes.length, annotations }];
      const config = { mediaType: mediaTypes.modelConfig, digest: put(Buffer.from('{}')), size: 2 };
      const head = {
        schemaVersion: 2,
        mediaType: mediaTypes.manifest,
        artifactType: mediaTypes.modelManifest,
      };
      return put(Buffer.from(JSON.stringify({ ...head, config, layers })));
    },
  };
}
