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
