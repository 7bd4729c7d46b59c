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

export interface ModelEntry {
  serving?: ServedModel;
  target?: TargetVersion;
}

/** The models of one serving thread, by name: at most one version takes traffic, at most one is on its way. */
export interface ModelTable {
  /** The version that serves. Throws `ModelNotFound`, or `ModelNotReady` with the reason. */
  find(name: string, version?: string): ServedModel;
  readonly entries: ReadonlyMap<string, Readonly<ModelEntry>>;
  setTarget(target: TargetVersion): void;
  /** From the next request on this version answers; the one before is released. */
  activate(model: ServedModel): void;
  /** Releases all versions of a name. False when there was none. */
  remove(name: string): boolean;
}

export function modelTable(): ModelTable {
  const entries = new Map<string, ModelEntry>();
  const entryOf = (name: string) => {
    const entry = entries.get(name) ?? {};
    entries.set(name, entry);
    return entry;
  };
  return {
    entries,
    find(name, version) {
      const entry = entries.get(name);
      const serving = entry?.serving;
      if (serving && (version === undefined || version === serving.version)) return serving;
      throw notServing(name, version, entry);
    },
    setTarget(target) {
      entryOf(target.name).target = target;
    },
    // Execution is synchronous: between two requests nothing runs, so there is nothing to drain.
    activate(model) {
      const entry = entryOf(model.name);
      const before = entry.serving;
      entry.serving = model;
      delete entry.target;
      before?.close();
    },
    remove(name) {
      entries.get(name)?.serving?.close();
      return entries.delete(name);
    },
  };
}

function notServing(name: string, version: string | undefined, entry: ModelEntry | undefined): Error {
  const { serving, target } = entry ?? {};
  if (target && (version === undefined || version === target.version)) {
    const why = target.message ? `: ${target.message}` : '';
    return failure('ModelNotReady', `model ${name} version ${target.version} is ${target.phase}${why}`);
  }
  if (serving)
    return failure(
      'ModelNotFound',
      `model ${name} has no version ${version} here; version ${serving.version} serves`,
    );
  return failure('ModelNotFound', `there is no model ${name} here`);
}
