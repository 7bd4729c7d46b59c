import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { entryUrl } from '@skerry/kit';

export type Part = 'hub' | 'agent' | 'runtime' | 'cores';

const entries = {
  hub: '../../hub/src/main.ts',
  agent: '../../agent/src/main.ts',
  runtime: '../../runtime/src/main.ts',
  cores: '../../runtime/src/cores/cores-child.ts',
} as const satisfies Record<Part, string>;

/** Arguments for Node to run a part of Skerry as a process, from sources and from the build alike. */
export function partArguments(part: Part, args: readonly string[]): string[] {
  return [...process.execArgv, fileURLToPath(entryUrl(import.meta.url, entries[part])), ...args];
}

/**
 * Becomes a part of Skerry: the same process where the platform can (`process.execve`), so that signals, terminal and
 * exit status are the part's own; else a child that everything is passed on to and back from.
 */
export async function becomePart(part: Part, args: readonly string[]): Promise<void> {
  const argv = partArguments(part, args);
  if (process.execve && process.platform !== 'win32')
    process.execve(process.execPath, [process.execPath, ...argv]);
  process.exitCode = await runAsChild(argv);
}

function runAsChild(argv: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, argv, { stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal!]));
  });
}
