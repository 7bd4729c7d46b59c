import type { z } from 'zod';

/** One setting of a process. A key `dataFolder` is the flag `--data-folder` and the variable `PREFIX_DATA_FOLDER`. */
export interface ConfigKey<T = unknown> {
  /** Reads text from flags and environment too: numbers and booleans are tried as such. */
  readonly type: z.ZodType<T>;
  /** As a person would write it. Without one (and a type that refuses undefined), the key must be given. */
  readonly default?: unknown;
  /** A few words, lower case, no full stop. */
  readonly help: string;
  /** Where it differs from the key's: without dashes in front. */
  readonly flag?: string | undefined;
  /** Where it differs from the key's: the whole name. */
  readonly env?: string | undefined;
  /** Refused as a flag, since every process can read argv; never shown. */
  readonly secret?: boolean | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: a map of keys of different types; each keeps its own.
export type ConfigKeys = Readonly<Record<string, ConfigKey<any>>>;

export type ConfigSource = 'flag' | 'environment' | 'file' | 'default';

export interface Config<K extends ConfigKeys> {
  readonly values: { readonly [N in keyof K]: z.output<K[N]['type']> };
  readonly sources: { readonly [N in keyof K]: ConfigSource };
  /** Arguments that are no flags, in order. */
  readonly rest: readonly string[];
}

export interface ConfigInput {
  /** Without the program: `process.argv.slice(2)`. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Such as `SKERRY_HUB`: unknown variables under it are refused. */
  readonly envPrefix: string;
  /** A parsed file; its keys are the keys' own names. */
  readonly file?: { readonly path: string; readonly values: unknown };
}

/** Keeps the type of each key; the declaration of a process's settings is the argument of this. */
export function configKeys<const K extends ConfigKeys>(keys: K): K {
  return keys;
}

export const flagOf = (name: string, key: ConfigKey) =>
  key.flag ?? name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export const envOf = (name: string, key: ConfigKey, prefix: string) =>
  key.env ?? `${prefix}_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/** Whether its flag stands alone: `--verbose`, `--no-verbose`. */
export const takesNoValue = (key: ConfigKey) =>
  key.type.safeParse(true).success && !key.type.safeParse('x').success;
