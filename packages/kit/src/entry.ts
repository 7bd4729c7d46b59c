const otherPackage = /^(?:\.\.\/)+([\w-]+)\/src\//;

/**
 * Where the file of another process or thread is, run from sources and from the build alike.
 *
 * An entry is a package's `main.ts`, or any of its `*-thread.ts` and `*-child.ts`. The build makes
 * `dist/PACKAGE/NAME.mjs` of `packages/PACKAGE/src/any/where/NAME.ts`, and puts whatever entries
 * share beside them; so in the build an entry's place is known by package and name alone.
 *
 * @param from  the caller's `import.meta.url`
 * @param path  the entry as an import would name it: `./acceptance-child.ts`, or of another package
 *   `../../runtime/src/main.ts`
 */
export function entryUrl(from: string, path: string): URL {
  if (from.endsWith('.ts')) return new URL(path, from);
  const built = path.replace(/^.*\//, '').replace(/\.ts$/, '.mjs');
  const packageName = otherPackage.exec(path)?.[1];
  return new URL(packageName === undefined ? built : `../${packageName}/${built}`, from);
}
