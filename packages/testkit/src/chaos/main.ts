/**
 * `npm run chaos`: a hub and devices, as real processes under load, are killed, cut off, filled up and set to wrong
 * times at random, and the sources' own ledgers say whether anything was lost or came twice. Exit code 1 if so.
 */
import { fileURLToPath } from 'node:url';
import { notIsolated, runIsolated } from './isolate.ts';
import { readOptions, usage } from './options.ts';
import { runChaos } from './run.ts';

const argv = process.argv.slice(2);

try {
  const options = readOptions(argv);
  const inside = fileURLToPath(new URL('./inside.ts', import.meta.url));
  process.exitCode = notIsolated
    ? await runChaos(options, notIsolated)
    : await runIsolated(inside, [...argv, '--seed', String(options.seed)]);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${usage}`);
  process.exitCode = 2;
}
