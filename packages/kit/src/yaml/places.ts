import {
  type Document,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
} from 'yaml';

/** Where something stands in a YAML file. Lines and columns from 1. */
export interface YamlPlace {
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

/** Finds places in one document. */
export interface Places {
  /** Of the value at the path; of the nearest parent that is there when it is not. */
  of(path: readonly PropertyKey[]): YamlPlace;
  /** Of the key itself, in the map at the path. */
  ofKey(path: readonly PropertyKey[], key: string): YamlPlace;
  at(offset: number): YamlPlace;
}

export function placesIn(name: string, document: Document, lines: LineCounter): Places {
  const at = (offset: number): YamlPlace => {
    const { line, col } = lines.linePos(offset);
    return { name, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const start = (node: unknown) => (isNode(node) ? node.range?.[0] : undefined);
  const first = start(document.contents) ?? document.range?.[0] ?? 0;
  return {
    at,
    of: (path) => at(start(nodeAt(document.contents, path)) ?? first),
    ofKey: (path, key) => at(start(pairOf(nodeAt(document.contents, path), key)?.key) ?? first),
  };
}

function nodeAt(root: Node | null, path: readonly PropertyKey[]): unknown {
  let at: unknown = root;
  for (const segment of path) {
    const next = isSeq(at) ? at.items[Number(segment)] : pairOf(at, segment)?.value;
    if (!isNode(next)) break;
    at = next;
  }
  return at;
}

function pairOf(node: unknown, key: PropertyKey): Pair | undefined {
  if (!isMap(node)) return undefined;
  return node.items.find(
    (pair) => isPair(pair) && isScalar(pair.key) && String(pair.key.value) === String(key),
  );
}
