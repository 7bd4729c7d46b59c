import { type Config, type ConfigKeys, passOver, resolveConfig, withConfigFile } from '@skerry/kit/config';
import { nodeDisk } from '@skerry/kit/node';
import { allKeys } from './config.ts';
import { agentError } from './errors.ts';

export const envPrefix = 'SKERRY_AGENT';

/**
 * The settings of one verb. A service's environment and file say more than each verb wants to know: what another
 * verb knows is passed over, what none knows is refused. Rejects with `InvalidConfig`.
 */
export async function readSettings<const K extends ConfigKeys>(
  keys: K,
  argv: readonly string[],
): Promise<Config<K>> {
  const input = await withConfigFile({ argv, env: process.env, envPrefix }, nodeDisk());
  const others = Object.assign({}, ...allKeys) as ConfigKeys;
  for (const name of Object.keys(keys)) delete (others as Record<string, unknown>)[name];
  return resolveConfig(keys, passOver(others, input));
}

/** The same, of a verb that takes flags alone: a folder without its flag would be passed over, and another one meant. */
export async function readFlags<const K extends ConfigKeys>(
  keys: K,
  argv: readonly string[],
): Promise<Config<K>['values']> {
  const { values, rest } = await readSettings(keys, argv);
  if (rest.length === 0) return values;
  throw agentError('BadUsage', `“${rest[0]}” is not a flag`, {
    next: 'The state folder is named with --state; --help lists every setting.',
  });
}
