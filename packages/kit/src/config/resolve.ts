import type { Config, ConfigInput, ConfigKeys } from './keys.ts';

/** Flag before environment before file before default. Throws `ConfigInvalid`, with every fault in it. */
export function resolveConfig<K extends ConfigKeys>(_keys: K, _input: ConfigInput): Config<K> {
  throw new Error('being written');
}
