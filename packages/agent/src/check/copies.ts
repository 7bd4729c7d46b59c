import { isAsItsCopy } from '@skerry/kit';
import { keptFile } from '../desired/kept-file.ts';
import { identityFiles } from '../identity/kept-identity.ts';
import { type Found, pass, warn } from './finding.ts';
import { known, type Site } from './site.ts';

/** An agent that runs may be between the two. */
const WRITING_MS = 1_000;

/** What a device cannot do without, and is there twice. */
export async function checkCopies({ folder, identity, ports: { disk, clock } }: Site): Promise<Found[]> {
  if (!known(identity)) return [];
  const files = [...identityFiles(folder), keptFile(`${folder}/desired`)];
  const differing = async () => {
    const found = await Promise.all(
      files.map(async (file) => ({ file, isSame: await isAsItsCopy(disk, file) })),
    );
    return found.filter(({ isSame }) => !isSame).map(({ file }) => file);
  };
  if ((await differing()).length > 0) await clock.sleep(WRITING_MS);
  const odd = await differing();
  if (odd.length === 0) return [pass('identity and desired state are there twice')];
  return [
    warn(
      `not as the copy beside it: ${odd.join(', ')}`,
      'The agent goes by the one that is good, and mends the other when it starts. Look after the disk, unless somebody changed the file.',
    ),
  ];
}
