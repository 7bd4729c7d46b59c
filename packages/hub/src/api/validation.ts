import { didYouMean, type SkerryError } from '@skerry/kit';
import type { FastifySchemaCompiler } from 'fastify';
import { z } from 'zod';
import { hubError } from '../errors.ts';
import { pointerOf } from '../pointer.ts';

const faultsShown = 20;
type Issue = z.core.$ZodIssue;
interface Fault {
  pointer: string;
  detail: string;
}

/** Checks a part of a request; what is wrong with it is said field by field. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (data) => {
    const parsed = schema.safeParse(data);
    return parsed.success
      ? { value: parsed.data }
      : { error: invalid(parsed.error, schema, httpPart ?? 'body') };
  };

function invalid(error: z.ZodError, schema: z.ZodType, part: string): SkerryError {
  const errors = error.issues.flatMap((issue) => faultsOf(issue, schema)).slice(0, faultsShown);
  const [first] = errors;
  const where = part === 'body' ? first?.pointer || 'the body' : `${part} ${first?.pointer.slice(1)}`;
  return hubError('InvalidRequest', `${where}: ${first?.detail}`, { fields: { errors } });
}

/** One fault for each wrong field; of a union, those of the alternative that fits best. */
function faultsOf(issue: Issue, schema: z.ZodType, base: PropertyKey[] = []): Fault[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path);
    return issue.keys.map((key) => ({
      pointer: pointerOf([...path, key]),
      detail: `unknown field${didYouMean(key, known)}`,
    }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const [best] = [...issue.errors].sort((a, b) => depth(b) - depth(a) || a.length - b.length);
    return (best ?? []).flatMap((inner) => faultsOf(inner, schema, path));
  }
  return [{ pointer: pointerOf(path), detail: detailOf(issue) }];
}

function detailOf(issue: Issue): string {
  if (issue.code === 'invalid_type')
    return issue.input === undefined && /undefined/.test(issue.message)
      ? `required, ${issue.expected}`
      : `expected ${issue.expected}`;
  if (issue.code === 'invalid_value') return `expected one of ${issue.values.map(String).join(', ')}`;
  return issue.message;
}

const depth = (issues: readonly Issue[]) =>
  Math.max(0, ...issues.map(({ path, code }) => path.length * 2 + (code === 'unrecognized_keys' ? 0 : 1)));

/** The field names that a schema knows at a path, to suggest the nearest. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const [head, ...rest] = path;
  const inner = unwrap(schema);
  if (inner instanceof z.ZodUnion)
    return inner.options.flatMap((option) => keysAt(option as z.ZodType, path));
  if (head === undefined) return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
  const next = childAt(inner, head);
  return next ? keysAt(next, rest) : [];
}

function childAt(schema: z.ZodType, key: PropertyKey): z.ZodType | undefined {
  if (schema instanceof z.ZodObject) return schema.shape[String(key)] as z.ZodType | undefined;
  if (schema instanceof z.ZodRecord) return schema.valueType as z.ZodType;
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  return undefined;
}

function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return unwrap(schema.unwrap() as z.ZodType);
  return schema;
}
