import type { z } from 'zod';
import { SkerryError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';
import { knownKeys } from './known-keys.ts';
import type { Places, YamlPlace } from './places.ts';

export interface YamlFault {
  readonly place: YamlPlace;
  /** Such as `spec.models.digits`; empty for the whole document. */
  readonly path: string;
  readonly message: string;
}

const MAX_SHOWN = 20;

/** What a schema found wrong, each with its place; unknown keys with the nearest right one. */
export function faultsOf(error: z.ZodError, schema: z.ZodType, places: Places): YamlFault[] {
  return error.issues.flatMap(likeliest).flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') {
      return [{ place: places.of(issue.path), path: textOf(issue.path), message: messageOf(issue) }];
    }
    const known = knownKeys(schema, issue.path);
    return issue.keys.map((key) => ({
      place: places.ofKey(issue.path, key),
      path: textOf([...issue.path, key]),
      message: `unknown key${didYouMean(key, known)}`,
    }));
  });
}

/** `InvalidFile`, a line a fault: `fleet.yaml:12:7: spec.priority: expected number, received string`. */
export function invalidFile(faults: readonly YamlFault[]): SkerryError {
  const lines = faults.slice(0, MAX_SHOWN).map(lineOf);
  if (faults.length > MAX_SHOWN) lines.push(`… and ${faults.length - MAX_SHOWN} more`);
  return new SkerryError({
    code: 'InvalidFile',
    detail: lines.join('\n'),
    next: 'Correct the file at the places named, and try again.',
    status: 400,
    fields: { faults: faults.slice(0, MAX_SHOWN) },
  });
}

function lineOf({ place: { name, line, column }, path, message }: YamlFault): string {
  return `${name}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`;
}

/** Of a union's alternatives, what the one says that was followed furthest. */
function likeliest(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const depth = (issues: readonly z.core.$ZodIssue[]) =>
    Math.max(0, ...issues.map(({ path }) => path.length));
  const furthest = issue.errors.toSorted((a, b) => depth(b) - depth(a) || a.length - b.length)[0] ?? [];
  if (depth(furthest) === 0 && !furthest.some(({ code }) => code === 'unrecognized_keys')) return [issue];
  return furthest.flatMap((inner) => likeliest({ ...inner, path: [...issue.path, ...inner.path] }));
}

function messageOf(issue: z.core.$ZodIssue): string {
  const absent =
    issue.code === 'invalid_type' && issue.input === undefined && /undefined/.test(issue.message);
  return absent ? 'is required' : issue.message.replace(/^Invalid input: /, '');
}

const textOf = (path: readonly PropertyKey[]) =>
  path.reduce<string>((text, segment) => {
    if (typeof segment === 'number') return `${text}[${segment}]`;
    return text === '' ? String(segment) : `${text}.${String(segment)}`;
  }, '');
