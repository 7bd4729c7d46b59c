import {
  type Descriptor,
  type DesiredModel,
  filepathAnnotation,
  type ModelManifest,
  relativePath,
} from '@skerry/contracts';
import type { Disk } from '@skerry/kit';
import { agentError } from '../errors.ts';
import { pathsIn } from './paths.ts';
import { pullBlob } from './pull-blob.ts';
import { parseManifest, type Registry } from './registry.ts';
import { requireRoom } from './room.ts';
import { damageOf, isWhole, readWhole, unreadable } from './whole.ts';

export interface Progress {
  /** Bytes. */
  readonly done: number;
  readonly total: number;
}

/** Models on this device's disk, by digest. */
export interface Artifacts {
  /** Nothing that was not verified whole when it came. */
  readonly stored: ReadonlySet<string>;
  /** Those of which a pull has begun and none has ended yet: some of each lies here, also after a restart. */
  readonly begun: ReadonlySet<string>;
  /**
   * Reads all of a stored model again. Rejects with `DigestMismatch` where the disk has altered it since: it is then
   * stored no more, and to pull it again brings what is damaged.
   */
  verify(digest: string, signal: AbortSignal): Promise<void>;
  /** The folder with the model's files. */
  folderOf(digest: string): string;
  progressOf(digest: string): Progress | undefined;
  /** Bytes of all its files. Rejects with `PullFailed`, `DigestMismatch`, `DiskFull`, `Unreachable` …; again goes on from there. */
  pull(wanted: DesiredModel, signal: AbortSignal): Promise<number>;
  /** Removes all but these, and what is here of them. Resolves with the stored digests that are gone. Not during a pull. */
  collect(keep: readonly string[]): Promise<string[]>;
}

export async function openArtifacts(disk: Disk, registry: Registry, root: string): Promise<Artifacts> {
  const paths = pathsIn(root);
  await disk.makeFolder(paths.models);
  const inModels = async (digestOf: (name: string) => string | undefined) =>
    (await disk.list(paths.models)).flatMap(({ name }) => digestOf(name) ?? []);
  // What a folder that cannot be read holds is found again by its pull, which asks for nothing that lies here.
  const stored = new Set((await inModels(paths.digestOf).catch(unreadable)) ?? []);
  const begun = new Set((await inModels(paths.digestOfDraft).catch(unreadable)) ?? []);
  const progress = new Map<string, { done: number; total: number }>();
  /** A blob that two models share is pulled once. */
  const flying = new Map<string, Promise<void>>();
  const unread = new Set<string>();

  const pullOnce = (
    repository: string,
    blob: Descriptor,
    onBytes: (n: number) => void,
    signal: AbortSignal,
  ) => {
    const before = flying.get(blob.digest);
    if (before) return before.then(() => onBytes(blob.size));
    const pulling = pullBlob({ registry, disk, paths, repository, blob, unread, onBytes, signal });
    flying.set(blob.digest, pulling);
    return pulling.finally(() => flying.delete(blob.digest));
  };

  const heldManifest = async (digest: string) => {
    const bytes = await readWhole(disk, paths.blob(digest), digest);
    return bytes && parseManifest(bytes, digest);
  };

  const fetchManifest = async ({ repository, digest }: DesiredModel, signal: AbortSignal) => {
    const held = await heldManifest(digest);
    if (held) return held;
    const { bytes, manifest } = await registry.manifest(repository, digest, signal);
    await disk.makeFolder(paths.blobs);
    await disk.writeAtomic(paths.blob(digest), bytes);
    return manifest;
  };

  const missingOf = async (blobs: readonly Descriptor[], signal: AbortSignal) => {
    const missing: Descriptor[] = [];
    for (const blob of blobs)
      if (!(await isWhole(disk, paths.blob(blob.digest), blob, signal))) missing.push(blob);
    return missing;
  };

  /** The folder appears under its name once all files are in it. */
  const layOut = async (digest: string, files: ReadonlyMap<string, Descriptor>) => {
    const draft = paths.draft(digest);
    await disk.removeTree(draft);
    for (const [file, blob] of files) {
      const path = `${draft}/${file}`;
      await disk.makeFolder(path.slice(0, path.lastIndexOf('/')));
      await disk.link(paths.blob(blob.digest), path);
    }
    await disk.removeTree(paths.model(digest));
    await disk.rename(draft, paths.model(digest));
    begun.delete(digest);
    stored.add(digest);
  };

  const begin = async (digest: string) => {
    await disk.makeFolder(paths.draft(digest));
    begun.add(digest);
  };

  return {
    stored,
    begun,
    folderOf: paths.model,
    progressOf: (digest) => progress.get(digest),

    async verify(digest, signal) {
      const damaged = await damageOf(disk, paths, digest, signal);
      if (damaged === undefined) return;
      stored.delete(digest);
      throw agentError(
        'DigestMismatch',
        `the disk does not give ${damaged} of ${digest} as it was pulled; it is pulled again`,
      );
    },

    async pull(wanted, signal) {
      const files = filesOf(await fetchManifest(wanted, signal));
      const blobs = [...new Map([...files.values()].map((blob) => [blob.digest, blob])).values()];
      const missing = await missingOf(blobs, signal);
      await requireRoom(disk, paths, missing);
      await begin(wanted.digest);
      const total = sizeOf(blobs);
      const at = { done: total - sizeOf(missing), total };
      progress.set(wanted.digest, at);
      const onBytes = (count: number) => {
        at.done += count;
      };
      try {
        for (const blob of missing) await pullOnce(wanted.repository, blob, onBytes, signal);
        await layOut(wanted.digest, files);
        return total;
      } finally {
        progress.delete(wanted.digest);
      }
    },

    async collect(keep) {
      const here = new Set([...stored, ...(await inModels(paths.digestOf))]);
      const gone = [...here].filter((digest) => !keep.includes(digest));
      // Before the folders, which are the mark that there is something to remove, also where this is cut short.
      const needed = await blobsOf(keep);
      if (needed) await keepBlobs(needed);
      for (const digest of gone) {
        await disk.removeTree(paths.model(digest));
        stored.delete(digest);
      }
      for (const digest of [...begun].filter((digest) => !keep.includes(digest))) {
        await disk.removeTree(paths.draft(digest));
        begun.delete(digest);
      }
      return gone;
    },
  };

  async function keepBlobs(needed: ReadonlySet<string>): Promise<void> {
    for (const folder of [paths.blobs, paths.partials]) {
      const spare = (await disk.list(folder)).filter(({ name }) => !needed.has(paths.digestOf(name) ?? ''));
      for (const { name } of spare) await disk.remove(`${folder}/${name}`);
      if (spare.length > 0) await disk.syncFolder(folder);
    }
  }

  /** Undefined where a manifest is damaged: which blobs it needs is then known by nobody. */
  async function blobsOf(manifests: readonly string[]): Promise<Set<string> | undefined> {
    const needed = new Set(manifests);
    for (const digest of manifests) {
      const manifest = await heldManifest(digest);
      if (!manifest && (await disk.stat(paths.blob(digest)))) return undefined;
      for (const { digest: blob } of manifest?.layers ?? []) needed.add(blob);
    }
    return needed;
  }
}

/** Where each file of a model goes; throws `PullFailed` for a path that leads out of the folder, or comes twice. */
function filesOf({ layers }: ModelManifest): Map<string, Descriptor> {
  const files = new Map<string, Descriptor>();
  for (const layer of layers) {
    const given = layer.annotations?.[filepathAnnotation];
    if (given === undefined) continue;
    const path = relativePath.safeParse(given);
    if (!path.success || files.has(path.data))
      throw agentError(
        'PullFailed',
        `the manifest places a file where none may be: ${JSON.stringify(given)}`,
      );
    files.set(path.data, layer);
  }
  if (files.size === 0) throw agentError('PullFailed', 'the manifest names no file');
  return files;
}

const sizeOf = (blobs: readonly Descriptor[]) => blobs.reduce((sum, { size }) => sum + size, 0);
