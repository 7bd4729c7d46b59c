/**
 * How a bundle came to hold a package: the shortest chain of imports from an entry to it.
 *
 * @param {import('esbuild').Metafile} metafile
 * @param {string} name  of an npm package
 * @returns {string[] | undefined} paths, the entry first and the package last; undefined if no byte of it is in the bundle
 */
export function importChain(metafile, name) {
  if (!isBundled(metafile, name)) return undefined;
  const entries = Object.values(metafile.outputs).flatMap(({ entryPoint }) => entryPoint ?? []);
  const seen = new Set(entries);
  const queue = entries.map((entry) => [entry]);
  for (const chain of queue) {
    for (const { path } of metafile.inputs[chain.at(-1)]?.imports ?? []) {
      if (belongsTo(path, name)) return [...chain, name];
      if (!seen.has(path)) queue.push([...chain, path]);
      seen.add(path);
    }
  }
  return [name];
}

function isBundled({ outputs }, name) {
  return Object.values(outputs).some(
    ({ inputs, imports }) =>
      imports.some(({ path, external }) => external && belongsTo(path, name)) ||
      Object.entries(inputs).some(([path, { bytesInOutput }]) => bytesInOutput > 0 && belongsTo(path, name)),
  );
}

function belongsTo(path, name) {
  return path === name || path.startsWith(`${name}/`) || path.includes(`node_modules/${name}/`);
}
