import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const node = [process.execPath, ...process.execArgv] as const;
const skerry = [...node, here('../../packages/cli/src/main.ts')] as const;

export interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  /** Given on stdin. */
  readonly input?: string;
}

/** Runs `skerry ARGS --json` to its end; what it printed. Where it is installed, `skerry` is all of the command. */
export async function skerryJson<T>(args: readonly string[], { env, input }: Surroundings): Promise<T> {
  const child = launch([...skerry, ...args, '--json'], env);
  child.stdin!.on('error', () => {}).end(input ?? '');
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close'),
  ]);
  if (code !== 0)
    throw new Error(`skerry ${args.slice(0, 2).join(' ')} ended with ${code}: ${stderr.trim()}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as T;
}

/** A program that goes on. */
export interface Service {
  readonly pid: number;
  /** The first line that it prints, as JSON. */
  readonly ready: Promise<unknown>;
  readonly exited: Promise<unknown>;
  stop(): Promise<void>;
  /** `kill -9`. */
  kill(): void;
}

export const startSkerry = (args: readonly string[], env: Surroundings['env']) =>
  start([...skerry, ...args], env);

/** A program of the examples. */
export const startProgram = (file: string, args: readonly string[]) =>
  start([...node, here(file), ...args], {});

function start(command: readonly string[], env: Surroundings['env']): Service {
  const child = launch(command, env);
  const complaints = text(child.stderr!);
  const ready = Promise.withResolvers<unknown>();
  const exited = once(child, 'exit');
  createInterface({ input: child.stdout! }).on('line', (line) => {
    if (line.startsWith('{')) ready.resolve(JSON.parse(line));
  });
  void exited.then(async () =>
    ready.reject(new Error(`${command.slice(3, 6).join(' ')} ended: ${await complaints}`)),
  );
  ready.promise.catch(() => {});
  return {
    pid: child.pid!,
    ready: ready.promise,
    exited,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await exited;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** In a group of its own, so that what ends the terminal reaches it through us alone, in our order. */
function launch([program, ...args]: readonly string[], env: Surroundings['env']): ChildProcess {
  return spawn(program!, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    detached: true,
  });
}
