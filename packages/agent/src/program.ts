import { fileURLToPath } from 'node:url';
import { entryUrl } from '@skerry/kit';

/** A child that tries the engine. */
export const engineProgram = programOf('../../runtime/src/engines/try-engine-child.ts');

/** Node and its arguments for an entry of ours, named as an import would. How modules are found is handed on to a child; how much memory an agent may have is not. */
export function programOf(path: string): [string, ...string[]] {
  const entry = fileURLToPath(entryUrl(import.meta.url, path));
  const execArgv = process.execArgv.filter((arg) => /^--(conditions|import|disable-warning)/.test(arg));
  return [process.execPath, ...execArgv, entry];
}
