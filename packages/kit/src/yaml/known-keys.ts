import type { z } from 'zod';

/** What zod says of a schema, as far as it is needed to walk one. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly options?: readonly z.core.$ZodType[];
  readonly innerType?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly left?: z.core.$ZodType;
  readonly right?: z.core.$ZodType;
  readonly getter?: () => z.core.$ZodType;
}

/** The keys that a schema knows of the object at `path`, whichever of its alternatives that is. */
export function knownKeys(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  let schemas = alternatives(schema);
  for (const segment of path) schemas = schemas.flatMap((it) => child(it, segment)).flatMap(alternatives);
  return [...new Set(schemas.flatMap((it) => Object.keys(definition(it).shape ?? {})))];
}

const definition = (schema: z.core.$ZodType) => schema._zod.def as unknown as Definition;

/** The schema without its wrappers; each of them, where it is one of several. */
function alternatives(schema: z.core.$ZodType): z.core.$ZodType[] {
  const { options, innerType, left, right, getter, ...rest } = definition(schema);
  const inner = [...(options ?? []), innerType, left, right, rest.in, getter?.()].filter(
    (it) => it !== undefined,
  );
  return inner.length > 0 ? inner.flatMap(alternatives) : [schema];
}

function child(schema: z.core.$ZodType, segment: PropertyKey): z.core.$ZodType[] {
  const { shape, valueType, element } = definition(schema);
  const found = shape?.[String(segment)] ?? valueType ?? element;
  return found ? [found] : [];
}
