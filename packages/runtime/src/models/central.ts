import { failure } from '../errors.ts';
import type { Central, IndexEntry } from '../serving/central.ts';
import type { Coordinator } from './coordinator.ts';
import type { Directory, ModelRecord } from './directory.ts';
import { statisticsOf } from './statistics.ts';

/** What depends on who commands: a folder of models, or an agent. */
export interface Extras extends Pick<Central, 'load' | 'unload' | 'forward'> {
  /** Names that could be loaded and are not. */
  readonly unloaded: () => Promise<readonly IndexEntry[]>;
}

/** Answers what every serving thread may ask. */
export function centralOf({ directory }: Coordinator, { unloaded, ...extras }: Extras): Central {
  return {
    ...extras,
    async index(onlyReady) {
      const known = [...directory].flatMap(([name, record]) => indexOf(name, record));
      const all = onlyReady ? known : [...known, ...(await unloaded())];
      return all.filter(({ state }) => !onlyReady || state === 'READY');
    },
    async statistics(name, version) {
      const number = numberOf(directory, name, version);
      const wanted = versionsOf(directory, name).filter(
        (one) => number === undefined || one.version === number,
      );
      if (wanted.length > 0 || name === undefined) return wanted.map(statisticsOf);
      throw failure('ModelNotFound', `there is no model ${name}${version ? ` version ${version}` : ''} here`);
    },
  };
}

/** A version may be asked for by alias. */
function numberOf(directory: Directory, name: string | undefined, version: string | undefined) {
  if (name === undefined || version === undefined) return version;
  return directory.get(name)?.aliases[version]?.toString() ?? version;
}

function versionsOf(directory: Directory, name: string | undefined) {
  const records = name === undefined ? [...directory.values()] : [directory.get(name)];
  return records.flatMap((record) => record?.versions ?? []);
}

/** States as Triton's extension `model_repository` has them. */
export function indexOf(name: string, { versions, target }: ModelRecord): IndexEntry[] {
  const serving = versions.map(({ version, placement }): IndexEntry => {
    const { execution, reason } = placement;
    return { name, version, state: 'READY', reason: `runs ${execution}: ${reason}` };
  });
  if (!target) return serving;
  const { version, phase, message = '' } = target;
  const state = phase === 'Loading' || phase === 'Accepting' ? 'LOADING' : 'UNAVAILABLE';
  return [...serving, { name, version, state, reason: message }];
}
