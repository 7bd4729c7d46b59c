import { type Document, LineCounter, parseAllDocuments, parseDocument } from 'yaml';
import type { z } from 'zod';
import { didYouMean } from '../nearest.ts';
import { circularAlias } from './circular.ts';
import { faultsOf, invalidFile, type YamlFault } from './faults.ts';
import { type Places, placesIn, type YamlPlace } from './places.ts';

const MAX_BYTES = 1024 * 1024;
const MAX_ALIASES = 100;

export interface YamlSource {
  /** As it stands in messages: `fleet.yaml`. */
  readonly name: string;
  readonly text: string;
}

export interface YamlDocument<T> {
  readonly value: T;
  readonly place: YamlPlace;
  /** Where a part of it stands, such as `['spec', 'models', 'digits']`; the nearest parent that is there. */
  placeOf(path: readonly PropertyKey[]): YamlPlace;
}

/** The schema of each `apiVersion/kind`, such as `skerry.dev/v1alpha1/Deployment`. Use strict objects. */
export type YamlSchemas = Readonly<Record<string, z.ZodType>>;

/** A document as it stands there, before a schema has seen it. */
interface Raw {
  readonly value: unknown;
  readonly places: Places;
}

type Read<T> = { readonly document: YamlDocument<T> } | { readonly faults: readonly YamlFault[] };

/** All documents of a file, empty ones left out. Throws `InvalidFile`, with every fault and its place. */
export function parseYamlDocuments<S extends YamlSchemas>(
  source: YamlSource,
  schemas: S,
): YamlDocument<z.output<S[keyof S]>>[] {
  const raw = readRaw(source).filter(({ value }) => value !== null && value !== undefined);
  return allOrThrow(raw.map((it) => readByKind(it, schemas))) as YamlDocument<z.output<S[keyof S]>>[];
}

/** The one document of a file without `kind`, such as model.yaml or settings; an empty file is `{}`. */
export function parseYaml<T>(source: YamlSource, schema: z.ZodType<T>): YamlDocument<T> {
  const [first, second] = readRaw(source);
  if (second)
    throw invalidFile([{ place: second.places.of([]), path: '', message: 'only one document may be here' }]);
  const [document] = allOrThrow([readBy({ places: first!.places, value: first?.value ?? {} }, schema)]);
  return document!;
}

function allOrThrow<T>(results: readonly Read<T>[]): YamlDocument<T>[] {
  const faults = results.flatMap((result) => ('faults' in result ? result.faults : []));
  if (faults.length > 0) throw invalidFile(faults);
  return results.flatMap((result) => ('document' in result ? [result.document] : []));
}

function readBy<T>({ value, places }: Raw, schema: z.ZodType<T>): Read<T> {
  const result = schema.safeParse(value, { reportInput: true });
  if (!result.success) return { faults: faultsOf(result.error, schema, places) };
  return { document: { value: result.data, place: places.of([]), placeOf: places.of } };
}

function readByKind(raw: Raw, schemas: YamlSchemas): Read<unknown> {
  const { apiVersion, kind } = (raw.value ?? {}) as { apiVersion?: unknown; kind?: unknown };
  const name = `${textOf(apiVersion)}/${textOf(kind)}`;
  const schema = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
  return schema
    ? readBy(raw, schema)
    : { faults: [unknownKind(raw, apiVersion, kind, Object.keys(schemas))] };
}

/** Whatever else stands there names nothing. */
const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

function unknownKind(
  { places }: Raw,
  apiVersion: unknown,
  kind: unknown,
  names: readonly string[],
): YamlFault {
  const versions = [...new Set(names.map((name) => name.slice(0, name.lastIndexOf('/'))))];
  const kinds = [...new Set(names.map((name) => name.slice(name.lastIndexOf('/') + 1)))];
  const wrong = (path: string, said: unknown, known: string[]): YamlFault => {
    const what =
      said === undefined
        ? 'is required'
        : `unknown ${JSON.stringify(said)}${didYouMean(textOf(said), known)}`;
    return { place: places.of([path]), path, message: `${what}; expected ${known.join(' or ')}` };
  };
  return versions.includes(textOf(apiVersion))
    ? wrong('kind', kind, kinds)
    : wrong('apiVersion', apiVersion, versions);
}

function readRaw(source: YamlSource): Raw[] {
  const bytes = Buffer.byteLength(source.text);
  if (bytes > MAX_BYTES) {
    const message = `is ${bytes} bytes long, over the limit of ${MAX_BYTES}`;
    throw invalidFile([{ place: startOf(source), path: '', message }]);
  }
  const lines = new LineCounter();
  const documents = parsed(source, lines);
  const faults = documents.flatMap((document) =>
    syntaxFaults(document, placesIn(source.name, document, lines)),
  );
  if (faults.length > 0) throw invalidFile(faults);
  return documents.map((document) => rawOf(document, placesIn(source.name, document, lines)));
}

function parsed(source: YamlSource, lineCounter: LineCounter): Document[] {
  try {
    const documents = parseAllDocuments(source.text, { lineCounter, prettyErrors: false, uniqueKeys: true });
    return 'empty' in documents ? [parseDocument(source.text)] : (documents as Document[]);
  } catch (error) {
    throw invalidFile([{ place: startOf(source), path: '', message: tooMuch(error) }]);
  }
}

/** A tag that nobody knows is a warning to the library and an error to us. */
const syntaxFaults = ({ errors, warnings }: Document, places: Places): YamlFault[] =>
  [...errors, ...warnings].map(({ pos, message }) => ({ place: places.at(pos[0]), path: '', message }));

function rawOf(document: Document, places: Places): Raw {
  // First, since it refuses what has too many aliases to look at each.
  const value = reading(places, () => document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown);
  const circle = reading(places, () => circularAlias(document));
  if (!circle) return { value, places };
  const message = `the alias *${circle.source} stands for something that it is in`;
  throw invalidFile([{ place: places.at(circle.range?.[0] ?? 0), path: '', message }]);
}

function reading<T>(places: Places, op: () => T): T {
  try {
    return op();
  } catch (error) {
    throw invalidFile([{ place: places.of([]), path: '', message: tooMuch(error) }]);
  }
}

/** The library has limits of its own, and the stack is one too. */
const tooMuch = (error: unknown) =>
  error instanceof RangeError ? 'is nested too deeply' : `cannot be read: ${(error as Error).message}`;

const startOf = ({ name }: YamlSource): YamlPlace => ({ name, line: 1, column: 1 });
