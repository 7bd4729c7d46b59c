import { isJsonObject, type Json } from '@skerry/contracts';

/** Who wrote a value. */
export interface Writer {
  readonly name: string;
  readonly priority: number;
}

/** A value of which every part knows who wrote it, and who would have otherwise. */
export type Layered = LayeredObject | LayeredLeaf;
interface Written {
  /** Absent at the root alone, which nobody wrote. */
  readonly by: Writer | undefined;
  /** Those who said something else here, and lost. */
  readonly overrides: readonly string[];
}
interface LayeredObject extends Written {
  readonly entries: ReadonlyMap<string, Layered>;
}
interface LayeredLeaf extends Written {
  readonly value: Json;
}

/** The weakest first, so that the strongest is laid on last. */
export function byPrecedence(a: Writer, b: Writer): number {
  if (a.priority !== b.priority) return a.priority - b.priority;
  return a.name < b.name ? 1 : -1;
}

/** `value`, which `by` wrote, on what weaker writers said. `replaces` names paths where objects with no common key don't merge. */
export function layerOnto(
  below: Layered | undefined,
  value: Json,
  by: Writer,
  replaces: (path: readonly string[]) => boolean,
  path: readonly string[] = [],
): Layered {
  if (!isJsonObject(value)) return { value, by, overrides: losers(below, value, by) };
  const merges = below !== undefined && 'entries' in below && !(replaces(path) && isOther(below, value));
  const entries = new Map(merges ? below.entries : []);
  for (const [key, part] of Object.entries(value))
    entries.set(key, layerOnto(entries.get(key), part, by, replaces, [...path, key]));
  const overrides = merges ? below.overrides : losers(below, value, by);
  return { entries, by: path.length === 0 ? undefined : by, overrides };
}

/** The plain value. */
export function layeredValue(node: Layered): Json {
  if (!('entries' in node)) return node.value;
  return Object.fromEntries([...node.entries].map(([key, part]) => [key, layeredValue(part)]));
}

/** The node at a path, or the nearest one around it. */
export function nodeAt(node: Layered, path: readonly string[]): Layered {
  const [head, ...rest] = path;
  const next = head !== undefined && 'entries' in node ? node.entries.get(head) : undefined;
  return next ? nodeAt(next, rest) : node;
}

/** Paths of all scalars, lists and empty objects below the two top levels, sorted by key. */
export function leavesOf(value: Json, path: readonly string[] = []): string[][] {
  if (!isJsonObject(value)) return [[...path]];
  const keys = Object.keys(value).sort();
  if (keys.length === 0) return path.length > 1 ? [[...path]] : [];
  return keys.flatMap((key) => leavesOf(value[key]!, [...path, key]));
}

const isOther = (below: LayeredObject, value: { [key: string]: Json }) =>
  below.entries.size > 0 &&
  Object.keys(value).length > 0 &&
  !Object.keys(value).some((key) => below.entries.has(key));

/** Whoever wrote any part of what is replaced, or lost there before; not one who said the same. */
function losers(below: Layered | undefined, value: Json, by: Writer): readonly string[] {
  if (below === undefined) return [];
  const same = JSON.stringify(layeredValue(below)) === JSON.stringify(value);
  const names = new Set([...below.overrides, ...(same ? [] : writersOf(below))]);
  names.delete(by.name);
  return [...names].sort();
}

function writersOf(node: Layered): string[] {
  const inside = 'entries' in node ? [...node.entries.values()].flatMap(writersOf) : [];
  return [...node.overrides, ...inside, ...(node.by && !('entries' in node) ? [node.by.name] : [])];
}
