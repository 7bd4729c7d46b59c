import {
  type Config,
  type ConfigInput,
  type ConfigKeys,
  envOf,
  resolveConfig,
  withConfigFile,
} from '@skerry/kit/config';
import { nodeDisk } from '@skerry/kit/node';
import { allKeys } from './config.ts';

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
  return resolveConfig(keys, without(others, input));
}

function without(others: ConfigKeys, { env, file, ...input }: ConfigInput): ConfigInput {
  const variables = Object.entries(others).map(([name, key]) => envOf(name, key, envPrefix));
  const rest = { ...input, env: leaveOut(env, variables) };
  return file
    ? { ...rest, file: { ...file, values: leaveOut(file.values as object, Object.keys(others)) } }
    : rest;
}

const leaveOut = <T extends object>(from: T, names: readonly string[]): T =>
  Object.fromEntries(Object.entries(from).filter(([name]) => !names.includes(name))) as T;
