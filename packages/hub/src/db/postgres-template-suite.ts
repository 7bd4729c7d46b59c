import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';

/** Where tools keep what they can make again; a fresh install of the dependencies empties it. */
const folder = fileURLToPath(new URL('../../../../node_modules/.cache/skerry/', import.meta.url));
const template = `${folder}postgres.tar`;

/** A PostgreSQL in this process, empty. To make one takes seconds, so the first that is made is copied by the others. */
export async function createPostgres(): Promise<PGlite> {
  const bytes = await readFile(template).catch(() => undefined);
  if (bytes) return PGlite.create({ loadDataDir: new Blob([bytes]) });
  const made = await PGlite.create();
  await keep(await made.dumpDataDir('none'));
  return made;
}

/** Test files run side by side: a copy is whole before it has its name. */
async function keep(dump: Blob): Promise<void> {
  await mkdir(folder, { recursive: true });
  const unfinished = `${template}.${process.pid}`;
  await writeFile(unfinished, dump.stream());
  await rename(unfinished, template);
}
