import { z } from 'zod';

/** `NAME:VERSION`, `NAME:ALIAS` or `NAME@sha256:…`. */
export type ModelReference =
  | { readonly name: string; readonly by: 'version'; readonly version: number }
  | { readonly name: string; readonly by: 'alias'; readonly alias: string }
  | { readonly name: string; readonly by: 'digest'; readonly digest: string };

const label = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
const pattern = new RegExp(`^(${label})(?::([1-9]\\d{0,8})|:(${label})|@(sha256:[0-9a-f]{64}))$`);

/** The reference in a text, or undefined when it is none. An alias is a name that is not a number. */
export function parseModelReference(text: string): ModelReference | undefined {
  const [, name, version, alias, digest] = pattern.exec(text) ?? [];
  if (!name) return undefined;
  if (version) return { name, by: 'version', version: Number(version) };
  if (digest) return { name, by: 'digest', digest };
  return alias && !/^\d+$/.test(alias) ? { name, by: 'alias', alias } : undefined;
}

export const modelReference = z
  .string()
  .refine(
    (text) => parseModelReference(text) !== undefined,
    'must be NAME:VERSION, NAME:ALIAS or NAME@sha256:…',
  );
