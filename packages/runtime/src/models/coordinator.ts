import { isCodeName } from '@skerry/contracts';
import { inTurn, isSkerryError, type Logger, type SkerryError } from '@skerry/kit';
import { failure } from '../errors.ts';
import type { VersionId } from '../execution/protocol.ts';
import { leftOutNote } from '../serving/signature.ts';
import { bringIn, type Resources, type Wanted } from './bring-in.ts';
import { type Directory, type ModelRecord, type ServingVersion, servingVersions } from './directory.ts';
import { entryOrder } from './entry-order.ts';
import type { TargetVersion } from './model-table.ts';
import type { ModelId } from './served-model.ts';
import type { VersionInstances } from './version-instances.ts';

export interface CoordinatorOptions extends Resources {
  /** Never gives one twice that the pool knows. */
  readonly nextId: () => VersionId;
}

/** Brings versions into service on all threads and takes them out, one name at a time. */
export interface Coordinator {
  readonly directory: Directory;
  /**
   * Accept → measure → prepare on every thread → switch every thread → drain and close what is wanted no more.
   * Resolves when exactly these versions of the name serve, at once if they do already. When it rejects, what
   * served goes on serving, and the directory keeps the reason.
   */
  serve(name: string, wanted: readonly Wanted[], aliases?: ModelRecord['aliases']): Promise<void>;
  /** Rejects with `ModelNotFound`. */
  unload(name: string): Promise<void>;
  /** A serving thread has work for an instance of a version that has none. Rejects with why there is none. */
  wantInstance(id: VersionId): Promise<void>;
  /** The instances of a version are lost and cannot be replaced: it is taken out, unless it runs inline. */
  giveUp(id: VersionId, why: string): Promise<void>;
}

const nothing: ModelRecord = { versions: [], aliases: {} };

export function coordinator(options: CoordinatorOptions): Coordinator {
  const { threads, logger, nextId } = options;
  const directory = new Map<string, ModelRecord>();
  const instances = new Map<VersionId, VersionInstances>();

  const publish = async (name: string, record: ModelRecord | undefined) => {
    if (record) directory.set(name, record);
    else directory.delete(name);
    const order = entryOrder(name, record ?? nothing);
    await Promise.all(threads.map((thread) => thread.publish(order)));
  };
  const setTarget = (target: TargetVersion) =>
    publish(target.name, { ...(directory.get(target.name) ?? nothing), target });

  const releaseOne = async ({ id, name }: ServingVersion) => {
    const released = await Promise.allSettled(threads.map((thread) => thread.release(id)));
    for (const result of released)
      if (result.status === 'rejected')
        logger.warn('a version was not closed on some thread', { model: name, error: result.reason });
    await instances.get(id)?.close();
    instances.delete(id);
  };
  const release = (versions: readonly ServingVersion[]) => Promise.all(versions.map(releaseOne));

  /** All of the wanted, those that serve already as they are; closes what it opened when one fails. */
  const bringAllIn = async (wanted: readonly Wanted[], before: readonly ServingVersion[]) => {
    const opened: ServingVersion[] = [];
    const all: ServingVersion[] = [];
    for (const one of wanted) {
      const kept = before.find((version) => isSame(one, version));
      if (kept) all.push(kept);
      else
        try {
          const { version, instances: own } = await bringIn(
            { ...options, setTarget, serving: servingVersions(directory).length },
            nextId(),
            one,
          );
          instances.set(version.id, own);
          opened.push(version);
          all.push(version);
        } catch (error) {
          await release(opened);
          throw await noted(one, error);
        }
    }
    return all;
  };

  const noted = async (id: ModelId, error: unknown): Promise<SkerryError> => {
    const failed = isSkerryError(error)
      ? error
      : failure('ModelLoadFailed', `${id.name}: ${String(error)}`, { cause: error });
    const { name, version, digest } = id;
    const target = directory.get(name)?.target;
    const known = target?.version === version ? target : { name, version, digest };
    await setTarget({ ...known, ...verdict(failed) });
    logger.warn('a model version was not taken into service', { model: name, version, error: failed });
    return failed;
  };

  const serve: Coordinator['serve'] = async (name, wanted, aliases = {}) => {
    const { versions: before } = directory.get(name) ?? nothing;
    const versions = (await bringAllIn(wanted, before)).sort((a, b) => compare(b.version, a.version));
    await publish(name, { versions, aliases });
    for (const version of versions) if (!before.includes(version)) announce(logger, version);
    await release(before.filter((version) => !versions.includes(version)));
  };

  const unload: Coordinator['unload'] = async (name) => {
    const record = directory.get(name);
    if (!record) throw failure('ModelNotFound', `there is no model ${name} here`);
    await publish(name, undefined);
    await release(record.versions);
  };

  const giveUp: Coordinator['giveUp'] = async (id, why) => {
    const version = servingVersions(directory).find((one) => one.id === id);
    if (!version || version.placement.execution === 'inline') return;
    const { name, digest } = version;
    const record = directory.get(name)!;
    const target = { name, version: version.version, digest, ...verdict(failure('InstanceLost', why)) };
    await publish(name, { ...record, versions: record.versions.filter((one) => one !== version), target });
    await release([version]);
  };

  // One after another: loads are heavy, and two of one name must not overtake each other.
  const queued = inTurn();
  return {
    directory,
    serve: (name, wanted, aliases) => queued(() => serve(name, wanted, aliases)),
    unload: (name) => queued(() => unload(name)),
    giveUp: (id, why) => queued(() => giveUp(id, why)),
    wantInstance: async (id) => instances.get(id)?.want(),
  };
}

/** Numbers by their size; what is no number before all of them. */
function compare(a: string, b: string): number {
  const [left, right] = [Number(a), Number(b)];
  return (Number.isNaN(left) ? -1 : left) - (Number.isNaN(right) ? -1 : right);
}

const isSame = (wanted: Wanted, { version, digest, stamp }: ServingVersion) =>
  wanted.version === version &&
  wanted.digest === digest &&
  wanted.stamp === stamp &&
  (digest !== '' || stamp !== '');

function announce(logger: Logger, { name, version, placement, signature }: ServingVersion): void {
  const { execution, reason } = placement;
  logger.info('a model version serves', { model: name, version, execution, reason });
  if (signature.leftOut.length > 0)
    logger.warn('some outputs are not served', { model: name, why: leftOutNote(signature.leftOut) });
}

const verdict = ({ code, detail }: SkerryError): Pick<TargetVersion, 'phase' | 'reason' | 'message'> => ({
  phase: code === 'AcceptanceFailed' ? 'Refused' : 'Failed',
  ...(isCodeName(code) && { reason: code }),
  message: detail,
});
