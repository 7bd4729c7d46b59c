/** What is imported by `import()` is loaded only where it is wanted. */
const isAtStart = ({ kind }) => kind !== 'dynamic-import';

/**
 * How a bundle came to load a package: the shortest chain of imports from an entry to it.
 *
 * @param {import('esbuild').Metafile} metafile
 * @param {string[]} entries  source files, as the metafile names them
 * @param {string} name  of an npm package
 * @param {boolean} atStart  whether only what is loaded as an entry starts counts
 * @returns {string[] | undefined} paths, the entry first and the package last; undefined if no byte of it is loaded
 */
export function importChain(metafile, entries, name, atStart) {
  const follow = (imports = []) => (atStart ? imports.filter(isAtStart) : imports);
  if (!isLoaded(metafile, entries, name, follow)) return undefined;
  const seen = new Set(entries);
  const queue = entries.map((entry) => [entry]);
  for (const chain of queue) {
    for (const { path } of follow(metafile.inputs[chain.at(-1)]?.imports)) {
      if (belongsTo(path, name)) return [...chain, name];
      if (!seen.has(path)) queue.push([...chain, path]);
      seen.add(path);
    }
  }
  return [name];
}

function isLoaded(metafile, entries, name, follow) {
  return loadedOutputs(metafile, entries, follow).some(
    ({ inputs, imports }) =>
      follow(imports).some(({ path, external }) => external && belongsTo(path, name)) ||
      Object.entries(inputs).some(([path, { bytesInOutput }]) => bytesInOutput > 0 && belongsTo(path, name)),
  );
}

/** The files of the bundle that are loaded with the entries. */
function loadedOutputs({ outputs }, entries, follow) {
  const loaded = new Set(Object.keys(outputs).filter((path) => entries.includes(outputs[path].entryPoint)));
  for (const path of loaded) {
    for (const imported of follow(outputs[path].imports))
      if (outputs[imported.path]) loaded.add(imported.path);
  }
  return [...loaded].map((path) => outputs[path]);
}

function belongsTo(path, name) {
  return path === name || path.startsWith(`${name}/`) || path.includes(`node_modules/${name}/`);
}
