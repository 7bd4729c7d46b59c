/** What `main.ts` runs in namespaces of its own. */
import { readOptions } from './options.ts';
import { runChaos } from './run.ts';

process.exitCode = await runChaos(readOptions(process.argv.slice(2)), undefined);
