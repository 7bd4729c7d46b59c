/**
 * `npm run chaos`: a hub and devices, as real processes under load, are killed, cut off, filled up and set to wrong
 * times at random, and the sources' own ledgers say whether anything was lost or came twice. Exit code 1 if so.
 */
import { fileURLToPath } from 'node:url';
import { notIsolated, runIsolated } from './isolate.ts';
import { type ChaosOptions, readOptions, usage } from './options.ts';
import { runChaos } from './run.ts';

/** What to do; undefined where the arguments do not say so. */
function asked(argv: readonly string[]): ChaosOptions | undefined {
  try {
    return readOptions(argv);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    return undefined;
  }
}

async function main(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help')) {
    process.stdout.write(usage);
    return 0;
  }
  const options = asked(argv);
  if (!options) return 2;
  if (notIsolated) return runChaos(options, notIsolated);
  const inside = fileURLToPath(new URL('./inside.ts', import.meta.url));
  return runIsolated(inside, [...argv, '--seed', String(options.seed)]);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}
