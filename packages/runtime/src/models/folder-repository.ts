import { type Disk, describeError, isSkerryError, type Logger } from '@skerry/kit';
import { failure } from '../errors.ts';
import type { IndexEntry } from '../serving/central.ts';
import type { Wanted } from './bring-in.ts';
import type { Coordinator } from './coordinator.ts';
import type { ModelRecord } from './directory.ts';
import { type FoundModel, findModels } from './find-models.ts';
import { findModelFiles } from './model-files.ts';
import { stampOf } from './stamp.ts';
import { chosenVersions } from './version-policy.ts';

export interface FolderRepositoryOptions {
  readonly disk: Disk;
  readonly coordinator: Coordinator;
  readonly logger: Logger;
  /** A model, or a folder of models: see {@link findModels}. */
  readonly path: string;
}

/** Models on the disk, of which clients load and unload what is there. */
export interface FolderRepository {
  /** Loads everything. Rejects with why when nothing can be served. */
  open(): Promise<void>;
  /** Loads what is there of a name now. Rejects with `ModelNotFound`, or why it cannot serve. */
  load(name: string): Promise<void>;
  /** Until it is loaded by name again. Rejects with `ModelNotFound`. */
  unload(name: string): Promise<void>;
  unloaded(): Promise<readonly IndexEntry[]>;
  /**
   * Looks for what changed: loads what is new or different, once it looked the same twice and so is not being
   * written, and unloads what is gone. Never rejects.
   */
  poll(): Promise<void>;
}

/** What is on the disk of a name. */
interface Seen {
  readonly wanted: readonly Wanted[];
  readonly aliases: ModelRecord['aliases'];
}

export function folderRepository(options: FolderRepositoryOptions): FolderRepository {
  const { disk, coordinator, logger, path } = options;
  /** As text, what each name was tried with last, and what it looked like at the last poll. */
  const tried = new Map<string, string>();
  const unloadedByHand = new Set<string>();
  let lastSeen = new Map<string, string>();

  const bring = async (name: string, seen: Seen) => {
    tried.set(name, JSON.stringify(seen));
    await coordinator.serve(name, seen.wanted, seen.aliases);
  };
  const scan = async () => {
    const found = await findModels(disk, path);
    return new Map(await Promise.all(found.map(async (one) => [one.name, await look(disk, one)] as const)));
  };
  const remove = async (name: string) => {
    tried.delete(name);
    await coordinator.unload(name);
  };

  return {
    async open() {
      const seen = await scan();
      const results = await Promise.allSettled([...seen].map(([name, one]) => bring(name, one)));
      const failed = results.filter((result) => result.status === 'rejected');
      if (failed.length === results.length) throw failed[0]?.reason;
    },
    async load(name) {
      const found = (await findModels(disk, path)).find((one) => one.name === name);
      if (!found) throw failure('ModelNotFound', `there is no model ${name} in ${path}`);
      await bring(name, await look(disk, found));
      unloadedByHand.delete(name);
    },
    async unload(name) {
      await remove(name);
      unloadedByHand.add(name);
    },
    async unloaded() {
      const found = await findModels(disk, path).catch(() => []);
      const names = found.map(({ name }) => name).filter((name) => !coordinator.directory.has(name));
      return names.map((name) => ({ name, state: 'UNAVAILABLE', reason: 'unloaded' }));
    },
    async poll() {
      try {
        const seen = await scan().catch(emptyIfNone);
        const texts = new Map([...seen].map(([name, one]) => [name, JSON.stringify(one)]));
        for (const [name, one] of seen) {
          const [now, before] = [texts.get(name)!, lastSeen.get(name)];
          if (now !== before || now === tried.get(name) || unloadedByHand.has(name)) continue;
          // Why it failed is in the log and in the index already.
          await bring(name, one).catch(() => {});
        }
        for (const name of [...tried.keys()])
          if (!seen.has(name) && !lastSeen.has(name)) await remove(name).catch(() => {});
        lastSeen = texts;
      } catch (error) {
        logger.warn('the model repository could not be read; what serves goes on', {
          path,
          error: describeError(error),
        });
      }
    },
  };
}

/** A repository may lose its last model. */
function emptyIfNone(error: unknown): Map<string, Seen> {
  if (isSkerryError(error, 'ModelDataMissing')) return new Map();
  throw error;
}

async function look(disk: Disk, { name, versions }: FoundModel): Promise<Seen> {
  const { serving } = await findModelFiles(disk, versions[0]!.path)
    .then(({ spec }) => spec)
    // What is wrong with it, loading tells.
    .catch(() => ({ serving: undefined }));
  const chosen = chosenVersions(serving?.versions, versions);
  const wanted = await Promise.all(
    chosen.map(async ({ version, path }) => ({
      name,
      version,
      digest: '',
      path,
      stamp: await stampOf(disk, path),
    })),
  );
  return { wanted, aliases: serving?.aliases ?? {} };
}
