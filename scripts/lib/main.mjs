import { join } from 'node:path';
import { root } from './root.mjs';
import { run } from './run.mjs';
import { setUp } from './setup.mjs';

/** What TypeScript needs to run as it is: packages resolve to their sources, and no warning on stderr. */
export const sourceFlags = ['--conditions=source', '--disable-warning=ExperimentalWarning'];

/** Node keeps what it compiled of the sources there, so that the next process of them starts in half the time. */
export const cachingEnvironment = {
  ...process.env,
  NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/skerry'),
};

/**
 * The whole of a script: sets up, then becomes, as nearly as Node can, the TypeScript program
 * `entry` (a path in the project): its terminal, its signals, its exit code.
 *
 * @param {string} entry
 * @param {string[]} args
 */
export async function becomeProgram(entry, args) {
  const all = [...sourceFlags, join(root, entry), ...args];
  await exitWith(async () => run(await setUp(), all, { env: cachingEnvironment }));
}

/**
 * Ends this process with the code that `work` gives; with 1 and one message where it throws.
 *
 * @param {() => Promise<number>} work
 */
export async function exitWith(work) {
  try {
    process.exitCode = await work();
  } catch (error) {
    console.error(`skerry: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
