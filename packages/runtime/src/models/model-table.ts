import type { CodeName, Phase } from '@skerry/contracts';
import { failure } from '../errors.ts';
import type { ModelId, ServedModel } from './served-model.ts';

/** A version on its way in, or one that did not get there. */
export interface TargetVersion extends ModelId {
  readonly phase: Extract<Phase, 'Accepting' | 'Loading' | 'Refused' | 'Failed'>;
  readonly reason?: CodeName;
  readonly message?: string;
  readonly p50Us?: number;
  readonly p99Us?: number;
}

/** What a serving thread has of one name. */
export interface ModelEntry {
  /** Answers requests that name no version. */
  readonly serving?: ServedModel | undefined;
  /** Versions that take traffic, by number and by alias. */
  readonly versions: ReadonlyMap<string, ServedModel>;
  readonly target?: TargetVersion | undefined;
}

/** The models of one serving thread, by name. */
export interface ModelTable {
  /** A version that serves, by number or alias. Throws `ModelNotFound`, or `ModelNotReady` with the reason. */
  find(name: string, version?: string): ServedModel;
  readonly entries: ReadonlyMap<string, ModelEntry>;
  /** From the next request on this is what there is of the name; undefined for nothing. */
  publish(name: string, entry: ModelEntry | undefined): void;
  /** From the next request on this version, and no other of its name, answers; the one before is closed. */
  activate(model: ServedModel): void;
}

export function modelTable(): ModelTable {
  const entries = new Map<string, ModelEntry>();
  const publish: ModelTable['publish'] = (name, entry) => {
    if (entry) entries.set(name, entry);
    else entries.delete(name);
  };
  return {
    entries,
    publish,
    find(name, version) {
      const entry = entries.get(name);
      const found = version === undefined ? entry?.serving : entry?.versions.get(version);
      if (found) return found;
      throw notServing(name, version, entry);
    },
    activate(model) {
      const before = entries.get(model.name)?.serving;
      publish(model.name, { serving: model, versions: new Map([[model.version, model]]) });
      before?.close();
    },
  };
}

function notServing(name: string, version: string | undefined, entry: ModelEntry | undefined): Error {
  const { target, versions } = entry ?? {};
  if (target && (version === undefined || version === target.version)) {
    const why = target.message ? `: ${target.message}` : '';
    return failure('ModelNotReady', `model ${name} version ${target.version} is ${target.phase}${why}`);
  }
  if (versions && versions.size > 0)
    return failure(
      'ModelNotFound',
      `model ${name} has no version ${version} here; version ${[...versions.keys()].join(', ')} serves`,
    );
  return failure('ModelNotFound', `there is no model ${name} here`);
}
