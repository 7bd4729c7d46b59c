import { type Alias, type Document, isAlias, isNode, visit } from 'yaml';

/** The first alias that stands for something it is in, as in `&a [*a]`: nothing that has an end says the same. */
export function circularAlias(document: Document): Alias | undefined {
  const anchored = new Map<string, unknown>();
  let found: Alias | undefined;
  visit(document, (_key, node, path) => {
    if (!isAlias(node)) {
      if (isNode(node) && node.anchor) anchored.set(node.anchor, node);
      return undefined;
    }
    const target = anchored.get(node.source);
    if (!path.some((parent) => parent === target)) return undefined;
    found = node;
    return visit.BREAK;
  });
  return found;
}
