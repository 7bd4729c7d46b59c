import { type ConfigInput, type ConfigKeys, envOf } from './keys.ts';

/**
 * The input without what its variables and its file say of `others`: a service's environment says more than each of
 * its program's verbs wants to know. What no verb knows is still refused.
 */
export function passOver(others: ConfigKeys, { env, file, ...input }: ConfigInput): ConfigInput {
  const variables = Object.entries(others).map(([name, key]) => envOf(name, key, input.envPrefix));
  const rest = { ...input, env: leaveOut(env, variables) };
  return file
    ? { ...rest, file: { ...file, values: leaveOut(file.values as object, Object.keys(others)) } }
    : rest;
}

const leaveOut = <T extends object>(from: T, names: readonly string[]): T =>
  Object.fromEntries(Object.entries(from).filter(([name]) => !names.includes(name))) as T;
