import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const node = [process.execPath, ...process.execArgv] as const;

/** The `skerry` command and what its arguments are; where it is installed, `['skerry', …]`. */
const skerry = (args: readonly string[]) => [...node, here('../../packages/cli/src/main.ts'), ...args];

/** Runs `skerry ARGS --json` to its end; what it printed. */
export function skerryJson<T>(...args: string[]): Promise<T> {
  return runJson(skerry([...args, '--json']));
}

/** Runs a program of this folder to its end; the JSON that it printed. */
export function programJson<T>(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<T> {
  return runJson([...node, here(file), ...args], env);
}

async function runJson<T>([program, ...args]: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<T> {
  const child = spawn(program!, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (code !== 0) throw new Error(`${args.slice(-3).join(' ')} ended with ${code}: ${stderr.trim()}`);
  return JSON.parse(stdout) as T;
}

/** A program that goes on: the first line that it prints, as JSON, and how to end it. */
export async function startSkerry<T>(...args: string[]): Promise<{ ready: T; stop: () => Promise<void> }> {
  const [program, ...all] = skerry([...args, '--json']);
  const child = spawn(program!, all, { stdio: ['ignore', 'pipe', 'pipe'] });
  const complaints = text(child.stderr);
  for await (const line of createInterface({ input: child.stdout }))
    return { ready: JSON.parse(line) as T, stop: () => stopped(child) };
  throw new Error(`skerry ${args[0]} did not start: ${(await complaints).trim()}`);
}

async function stopped(child: ChildProcess): Promise<void> {
  const gone = child.exitCode !== null || child.signalCode !== null;
  const exit = gone ? undefined : once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}
