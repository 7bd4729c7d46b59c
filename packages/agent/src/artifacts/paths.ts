/** Where things lie in the artifacts folder. Names are digests' hexadecimal digits. */
export function pathsIn(root: string) {
  const hex = (digest: string) => digest.slice('sha256:'.length);
  return {
    blobs: `${root}/sha256`,
    blob: (digest: string) => `${root}/sha256/${hex(digest)}`,
    partials: `${root}/partial`,
    partial: (digest: string) => `${root}/partial/${hex(digest)}`,
    models: `${root}/models`,
    /** The files of a model, as they were pushed. */
    model: (digest: string) => `${root}/models/${hex(digest)}`,
    digestOf: (name: string) => (/^[0-9a-f]{64}$/.test(name) ? `sha256:${name}` : undefined),
  };
}
export type ArtifactPaths = ReturnType<typeof pathsIn>;
