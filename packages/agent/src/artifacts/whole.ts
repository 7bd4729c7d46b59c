import { type Descriptor, digestOf, filepathAnnotation } from '@skerry/contracts';
import { type Disk, isSkerryError } from '@skerry/kit';
import { hashFile } from './hash-file.ts';
import type { ArtifactPaths } from './paths.ts';
import { parseManifest } from './registry.ts';

/** Whether a file still is what its digest says: not where it is gone, altered, or the disk does not read it. */
export async function isWhole(
  disk: Disk,
  path: string,
  { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
  signal?: AbortSignal,
): Promise<boolean> {
  if ((await disk.stat(path).catch(unreadable))?.size !== size) return false;
  const hash = await hashFile(disk, path, size, signal).catch(unreadable);
  return hash !== undefined && `sha256:${hash.digest('hex')}` === digest;
}

/** The content of a file that {@link isWhole}; undefined else. */
export async function readWhole(disk: Disk, path: string, digest: string): Promise<Uint8Array | undefined> {
  const bytes = await disk.readIfThere(path).catch(unreadable);
  return bytes && digestOf(bytes) === digest ? bytes : undefined;
}

/** What of a model that lies here is not what it was when it was pulled: its manifest, or the first such file. */
export async function damageOf(
  disk: Disk,
  paths: ArtifactPaths,
  digest: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const manifest = await readWhole(disk, paths.blob(digest), digest);
  if (!manifest) return 'its manifest';
  for (const layer of parseManifest(manifest, digest).layers) {
    const file = layer.annotations?.[filepathAnnotation];
    if (file !== undefined && !(await isWhole(disk, `${paths.model(digest)}/${file}`, layer, signal)))
      return file;
  }
  return undefined;
}

/** Throws on whatever is no fault of the disk's. */
export function unreadable(error: unknown): undefined {
  if (!isSkerryError(error, 'StorageFailed') && !isSkerryError(error, 'FileNotFound')) throw error;
}
