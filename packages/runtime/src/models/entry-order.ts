import type { EntryOrder } from '../threads/serving.ts';
import type { ModelRecord } from './directory.ts';

/** What every thread is told of a name. An alias of a version that does not serve is left out. */
export function entryOrder(name: string, { versions, aliases, target }: ModelRecord): EntryOrder {
  const byNumber = versions.map(({ version, id }) => [version, id] as const);
  const byAlias = Object.entries(aliases).flatMap(([alias, number]) => {
    const found = versions.find(({ version }) => version === String(number));
    return found ? [[alias, found.id] as const] : [];
  });
  return { name, serving: versions[0]?.id, versions: [...byNumber, ...byAlias], target };
}
