import { readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

const isEntry = (path) => path === 'main.ts' || /-(?:thread|child)\.ts$/.test(path);

/**
 * The entries of a package, as `entryUrl` of the kit finds them: `main.ts`, and every `*-thread.ts`
 * and `*-child.ts`, each built under its bare name.
 *
 * @param {string} source  the package's `src` folder
 * @returns {Record<string, string>} built name → source file
 */
export function entriesOf(source) {
  const entries = {};
  for (const file of filesBelow(source).filter((path) => isEntry(relative(source, path)))) {
    const name = basename(file, '.ts');
    if (entries[name])
      throw new Error(`${file} and ${entries[name]} would both be built as ${name}.mjs: rename one.`);
    entries[name] = file;
  }
  return entries;
}

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}
