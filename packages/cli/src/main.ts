import { nodePorts } from '@skerry/kit/node';
import type { Cli } from './cli.ts';
import { interrupted } from './errors.ts';
import { inputFrom } from './io/input.ts';
import { outputTo } from './io/output.ts';
import { buildProgram, runProgram } from './program.ts';
import { reportError } from './report-error.ts';

const VERSION = '0.1.0';

async function main(args: readonly string[]): Promise<number> {
  const stderr = outputTo(process.stderr, process.env);
  const signal = abortOnSignal();
  const cli: Cli = {
    ports: nodePorts(),
    stdout: outputTo(process.stdout, process.env),
    stderr,
    stdin: inputFrom(process.stdin, stderr, signal),
    env: process.env,
    signal,
    version: VERSION,
  };
  // A reader that has seen enough, such as `head`, is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  try {
    await runProgram(buildProgram(cli), args);
    return 0;
  } catch (error) {
    return reportError(cli.signal.aborted ? cli.signal.reason : error, stderr, args.includes('--json'));
  }
}

function abortOnSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = () => controller.abort(interrupted());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  return controller.signal;
}

const exitCode = await main(process.argv.slice(2));
if (exitCode !== 0) process.exitCode = exitCode;
