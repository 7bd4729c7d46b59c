import { type Descriptor, digestOf, filepathAnnotation } from '@skerry/contracts';
import type { Disk } from '@skerry/kit';
import { hashFile } from '../artifacts/hash-file.ts';
import { type ArtifactPaths, pathsIn } from '../artifacts/paths.ts';
import { parseManifest } from '../artifacts/registry.ts';
import { type Found, fail, failedBy, pass, warn } from './finding.ts';
import type { Site } from './site.ts';

/** The desired state on the disk, and the files of each model in it against their digests. */
export async function checkModels({ folder, desired, ports: { disk } }: Site): Promise<Found[]> {
  if ('fault' in desired)
    return [
      failedBy(desired.fault, 'Let the device reach its hub, and restart the agent: it is fetched again.'),
    ];
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
  const manifest = await disk.readIfThere(paths.blob(digest));
  if (!manifest || digestOf(manifest) !== digest)
    return damaged(model, 'its manifest', [paths.model(digest), paths.blob(digest)]);
  for (const layer of parseManifest(manifest, digest).layers) {
    const file = layer.annotations?.[filepathAnnotation];
    if (file === undefined || (await isWhole(disk, `${paths.model(digest)}/${file}`, layer))) continue;
    return damaged(model, file, [paths.model(digest), paths.blob(layer.digest)]);
  }
  return pass(`${model} is whole`);
}

const damaged = (model: string, what: string, remove: readonly string[]) =>
  fail(
    `${model} is damaged: ${what} is not what the hub signed`,
    `Once the hub can be reached, stop the agent, remove ${remove.join(' and ')}, and start it: what is missing is pulled again. Look after the disk.`,
  );

async function isWhole(disk: Disk, path: string, { digest, size }: Descriptor): Promise<boolean> {
  if ((await disk.stat(path))?.size !== size) return false;
  const hash = await hashFile(disk, path, size);
  return `sha256:${hash.digest('hex')}` === digest;
}
