import type { ModelTable } from '../models/model-table.ts';

/** The numbers of a model's versions that take traffic, the lowest first. */
export function versionsOf(models: ModelTable, name: string): string[] {
  const versions = models.entries.get(name)?.versions.values() ?? [];
  const numbers = new Set(Array.from(versions, ({ version }) => version));
  return [...numbers].sort((a, b) => Number(a) - Number(b));
}
