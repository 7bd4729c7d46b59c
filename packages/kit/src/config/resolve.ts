import type { z } from 'zod';
import { SkerryError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';
import { readArguments } from './argv.ts';
import {
  type Config,
  type ConfigInput,
  type ConfigKey,
  type ConfigKeys,
  type ConfigSource,
  envOf,
  flagOf,
} from './keys.ts';

/** What one source says of a key: values to try in turn, since text may mean a number, and how to name the source. */
interface Said {
  readonly source: ConfigSource;
  readonly named: string;
  readonly candidates: readonly unknown[];
}

/** Flag before environment before file before default. Throws `InvalidConfig`, with every fault in it. */
export function resolveConfig<const K extends ConfigKeys>(keys: K, input: ConfigInput): Config<K> {
  const { flags, rest, faults: flagFaults } = readArguments(keys, input.argv);
  const file = fileValues(input);
  const faults = [...flagFaults, ...unknownVariables(keys, input), ...unknownInFile(keys, input, file)];
  const values: Record<string, unknown> = {};
  const sources: Record<string, ConfigSource> = {};

  for (const [name, key] of Object.entries(keys)) {
    const said =
      fromFlag(name, key, flags.get(name)) ??
      fromEnvironment(name, key, input) ??
      fromFile(name, file, input);
    const result = firstThatFits(key, said?.candidates ?? [key.default]);
    if ('fault' in result) faults.push(`${said?.named ?? nameEverywhere(name, key, input)}: ${result.fault}`);
    else values[name] = result.value;
    sources[name] = said?.source ?? 'default';
  }
  if (faults.length > 0) throw configInvalid(faults);
  return { values, sources, rest } as Config<K>;
}

function fromFlag(name: string, key: ConfigKey, given: readonly (string | boolean)[] = []): Said | undefined {
  if (given.length === 0) return undefined;
  const last = given.at(-1);
  const single = typeof last === 'string' ? meaningsOf(last) : [last];
  const candidates = given.length > 1 ? [given, ...single] : single;
  return { source: 'flag', named: `--${flagOf(name, key)}`, candidates };
}

function fromEnvironment(name: string, key: ConfigKey, { env, envPrefix }: ConfigInput): Said | undefined {
  const variable = envOf(name, key, envPrefix);
  const text = env[variable];
  return text === undefined
    ? undefined
    : { source: 'environment', named: variable, candidates: meaningsOf(text) };
}

function fromFile(name: string, values: Record<string, unknown>, { file }: ConfigInput): Said | undefined {
  const value = values[name];
  return value === undefined
    ? undefined
    : { source: 'file', named: `${file?.path}: ${name}`, candidates: [value] };
}

/** Text as it is, as a number, as yes or no, as a list. */
function meaningsOf(text: string): unknown[] {
  const meanings: unknown[] = [text];
  if (/^-?\d+(\.\d+)?$/.test(text)) meanings.push(Number(text));
  if (/^(true|1|yes|on)$/i.test(text)) meanings.push(true);
  if (/^(false|0|no|off)$/i.test(text)) meanings.push(false);
  return [...meanings, text.split(',').map((item) => item.trim())];
}

type Fit = { value: unknown } | { fault: string };

function firstThatFits({ type, secret }: ConfigKey, candidates: readonly unknown[]): Fit {
  const results = candidates.map((candidate) => type.safeParse(candidate));
  const found = results.find((result) => result.success);
  if (found) return { value: found.data };
  if (candidates[0] === undefined) return { fault: 'is required' };
  const why = firstMessage(nearest(results.map(({ error }) => error)));
  return { fault: secret ? why : `${why}, got ${JSON.stringify(candidates[0])}` };
}

/** Of a number that is out of bounds that is said, not that it was text. */
const nearest = (errors: readonly (z.ZodError | undefined)[]) =>
  errors.find((error) => error?.issues[0]?.code !== 'invalid_type') ?? errors[0];

function fileValues({ file }: ConfigInput): Record<string, unknown> {
  const values = file?.values ?? {};
  if (typeof values === 'object' && !Array.isArray(values)) return values as Record<string, unknown>;
  throw configInvalid([`${file?.path} does not hold settings by name`]);
}

const unknownInFile = (keys: ConfigKeys, { file }: ConfigInput, values: Record<string, unknown>) =>
  Object.keys(values)
    .filter((name) => !Object.hasOwn(keys, name))
    .map((name) => `${file?.path}: unknown key ${name}${didYouMean(name, Object.keys(keys))}`);

function unknownVariables(keys: ConfigKeys, { env, envPrefix }: ConfigInput): string[] {
  const known = Object.entries(keys).map(([name, key]) => envOf(name, key, envPrefix));
  return Object.keys(env)
    .filter((variable) => variable.startsWith(`${envPrefix}_`) && !known.includes(variable))
    .map((variable) => `unknown variable ${variable}${didYouMean(variable, known)}`);
}

const nameEverywhere = (name: string, key: ConfigKey, { envPrefix }: ConfigInput) =>
  key.secret ? envOf(name, key, envPrefix) : `--${flagOf(name, key)} (or ${envOf(name, key, envPrefix)})`;

const firstMessage = (error: z.ZodError | undefined) =>
  (error?.issues[0]?.message ?? 'is not valid').replace('Invalid input: ', '');

const configInvalid = (faults: readonly string[]) =>
  new SkerryError({
    code: 'InvalidConfig',
    detail: faults.join('\n'),
    next: 'Correct that and start again; --help lists every setting.',
    status: 400,
    fields: { faults },
  });
