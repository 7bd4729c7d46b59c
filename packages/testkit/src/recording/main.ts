/**
 * Records what a hub and a device of this version really say to each other, once, when a version is released:
 *
 *   node --conditions=source packages/testkit/src/recording/main.ts packages/contracts/recorded/v1
 *
 * Later versions have to understand these files for ever. Keys and secrets in them are those of a hub and a device
 * that lived for a few seconds.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { record } from './record.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('say into which folder: packages/contracts/recorded/vN\n');
  process.exit(2);
}
await mkdir(folder, { recursive: true });
for (const [name, message] of Object.entries(await record()))
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(message, null, 2)}\n`);
