import { type Disk, readWithCopy } from '@skerry/kit';
import { type KeptDesired as Kept, keptFile, openFirst } from '../desired/kept-file.ts';
import { type Parts, readParts } from '../desired/parts.ts';
import type { DeviceIdentity } from '../identity/identity.ts';

/** The desired state on the disk, its signature verified. */
export interface KeptDesired extends Kept {
  readonly parts: Parts;
}

/** Undefined before there was any. Rejects with `SignatureInvalid` or `StorageFailed`. */
export async function readKeptDesired(
  disk: Disk,
  folder: string,
  identity: DeviceIdentity | undefined,
): Promise<KeptDesired | undefined> {
  const file = keptFile(`${folder}/desired`);
  const found = await readWithCopy(disk, file);
  if (found.length === 0 || !identity) return undefined;
  const kept = openFirst(found, file, identity);
  return { ...kept, parts: readParts(kept.body) };
}
