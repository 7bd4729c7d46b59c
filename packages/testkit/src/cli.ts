import type { Exit } from './program.ts';
import type { Stage } from './stage.ts';

export const cliEntry = 'packages/cli/src/main.ts';

export interface CliOptions {
  /** Given on stdin. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The built command instead of the sources. */
  readonly entry?: string;
  /** Milliseconds; default 60,000. */
  readonly deadline?: number;
}

export interface CliResult extends Exit {
  readonly stdout: string;
  readonly stderr: string;
  /** The last line of stdout, or all of it, as JSON. */
  json<T = unknown>(): T;
}

/** Runs `skerry ARGS` to its end, without a terminal. */
export async function runCli(
  stage: Stage,
  args: readonly string[],
  { input, env, cwd, entry = cliEntry, deadline = 60_000 }: CliOptions = {},
): Promise<CliResult> {
  const name = `skerry ${args.slice(0, 3).join(' ')}`;
  const program = stage.start({ name, entry, args, input, env, cwd });
  const timer = setTimeout(() => program.killGroup(), deadline);
  const exit = await program.exited;
  clearTimeout(timer);
  if (exit.signal === 'SIGKILL') throw new Error(`${name} did not end within ${deadline / 1000} s`);
  const stdout = program.stdout.join('\n');
  return { ...exit, stdout, stderr: program.stderr.join('\n'), json: () => parseJson(stdout) };
}

/** As {@link runCli}, for a command that has to succeed. */
export async function mustRun(
  stage: Stage,
  args: readonly string[],
  options?: CliOptions,
): Promise<CliResult> {
  const result = await runCli(stage, args, options);
  if (result.code === 0) return result;
  throw new Error(`skerry ${args.join(' ')} ended with ${result.signal ?? result.code}:\n${result.stderr}`);
}

function parseJson<T>(stdout: string): T {
  try {
    return JSON.parse(stdout);
  } catch {
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  }
}
