/** Where things lie in the artifacts folder. Names are digests' hexadecimal digits. */
export function pathsIn(root: string) {
  const hex = (digest: string) => digest.slice('sha256:'.length);
  const digestOf = (name: string) => (/^[0-9a-f]{64}$/.test(name) ? `sha256:${name}` : undefined);
  return {
    blobs: `${root}/sha256`,
    blob: (digest: string) => `${root}/sha256/${hex(digest)}`,
    partials: `${root}/partial`,
    partial: (digest: string) => `${root}/partial/${hex(digest)}`,
    models: `${root}/models`,
    /** The files of a model, as they were pushed. */
    model: (digest: string) => `${root}/models/${hex(digest)}`,
    /** There from the first byte of a model's pull until its files are complete: a mark that some of it lies here. */
    draft: (digest: string) => `${root}/models/${hex(digest)}.new`,
    digestOf,
    digestOfDraft: (name: string) => (name.endsWith('.new') ? digestOf(name.slice(0, -4)) : undefined),
  };
}
export type ArtifactPaths = ReturnType<typeof pathsIn>;
