import type { Disk } from '@skerry/kit';
import { type ArtifactPaths, pathsIn } from '../artifacts/paths.ts';
import { damageOf } from '../artifacts/whole.ts';
import { type Found, fail, failedBy, pass, warn } from './finding.ts';
import type { Site } from './site.ts';

/** The desired state on the disk, and the files of each model in it against their digests. */
export async function checkModels({ folder, identity, desired, ports: { disk } }: Site): Promise<Found[]> {
  if ('fault' in desired) return [failedBy(desired.fault)];
  // Whose signature it has to have nobody knows then, which another check says.
  if ('fault' in identity) return [];
  if (!desired.value)
    return [warn('there is no desired state yet', 'Nothing, for a new device; else let it reach its hub.')];
  const paths = pathsIn(`${folder}/artifacts`);
  const found: Found[] = [];
  for (const [name, { version, digest }] of desired.value.parts.models)
    found.push(await checkModel(disk, paths, `${name}:${version}`, digest));
  return found.length > 0 ? found : [pass('no model is wanted here')];
}

async function checkModel(disk: Disk, paths: ArtifactPaths, model: string, digest: string): Promise<Found> {
  if (!(await disk.stat(paths.model(digest))))
    return warn(`${model} is not on this device yet`, 'Let the device reach its hub: it pulls it.');
  const damaged = await damageOf(disk, paths, digest);
  if (damaged === undefined) return pass(`${model} is whole`);
  return fail(
    `${model} is damaged: ${damaged} is not what the hub signed`,
    'What serves goes on, from memory. Once the hub can be reached, restart the runtime (skerry device command NAME restart-runtime): what is damaged is pulled again before it is loaded. Look after the disk.',
  );
}
