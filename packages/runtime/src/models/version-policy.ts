import type { ModelServing } from '@skerry/contracts';
import type { FoundVersion } from './find-models.ts';

/** The versions that serve, of those on the disk, the highest first; the latest alone where model.yaml says nothing. */
export function chosenVersions(
  policy: ModelServing['versions'],
  found: readonly FoundVersion[],
): readonly FoundVersion[] {
  if (policy === 'all') return found;
  if (Array.isArray(policy)) return found.filter(({ version }) => policy.includes(Number(version)));
  return found.slice(0, policy?.latest ?? 1);
}
