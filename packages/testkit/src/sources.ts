import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const projectFolder = fileURLToPath(new URL('../../../', import.meta.url));

/** What Node needs to run the sources as they are. */
export const nodeArguments = ['--conditions=source', '--disable-warning=ExperimentalWarning'];

/** A path from the project's root, made absolute. */
export function entryOf(path: string): string {
  return isAbsolute(path) ? path : join(projectFolder, path);
}

/** What the build makes of an entry: `packages/hub/src/main.ts` → `dist/hub/main.mjs`; other files stay as they are. */
export function builtEntryOf(path: string): string {
  return entryOf(
    path.replace(/^packages\/(hub|agent|runtime|cli)\/src\/(?:.*\/)?([^/]+)\.ts$/, 'dist/$1/$2.mjs'),
  );
}
