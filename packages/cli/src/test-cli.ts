import assert from 'node:assert/strict';
import { nodePorts } from '@skerry/kit/node';
import type { Cli } from './cli.ts';
import type { Output } from './io/output.ts';
import { buildProgram, runProgram } from './program.ts';
import { plain } from './render/colour.ts';
import { reportError } from './report-error.ts';

/** What would be on a stream that is no terminal. */
export function recorder(): Output & { text: string } {
  return {
    isTerminal: false,
    width: 80,
    height: 24,
    paint: plain,
    text: '',
    line(line = '') {
      this.write(`${line}\n`);
    },
    write(text) {
      this.text += text;
    },
  };
}

export interface Surroundings {
  /** Instead of the person's own folder. */
  readonly config?: string;
  /** On standard input. */
  readonly input?: string;
}

/** Runs a command line in this process, without a terminal. */
export async function runCommand(args: readonly string[], { config, input = '' }: Surroundings = {}) {
  const [stdout, stderr] = [recorder(), recorder()];
  const nobody = () => assert.fail('nobody may be asked');
  const stdin = { isTerminal: false, readAll: async () => input, ask: nobody, askHidden: nobody };
  const ports = nodePorts();
  const { signal } = new AbortController();
  const env = { XDG_CONFIG_HOME: config ?? '/nowhere/at/all' };
  const cli: Cli = { ports, stdout, stderr, stdin, env, signal, version: '1' };
  const exit = await runProgram(buildProgram(cli), args).then(
    () => 0,
    (error) => reportError(error, stderr, args.includes('--json')),
  );
  return { exit, stdout: stdout.text.trimEnd(), stderr: stderr.text.trimEnd() };
}
