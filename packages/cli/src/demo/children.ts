import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { entryUrl } from '@skerry/kit';
import { failure } from '../errors.ts';

export interface ChildStart {
  readonly name: string;
  /** Arguments of Node. */
  readonly args: readonly string[];
  /** Written to stdin, which is then closed; without it, stdin stays open as long as we live. */
  readonly input?: string | undefined;
  readonly onLine?: ((line: string) => void) | undefined;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly running: boolean;
  /** Resolves with how it ended: a code, or the name of a signal. */
  readonly exited: Promise<number | string>;
  /** The end of what it said. */
  readonly tail: readonly string[];
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/** Every process of the demo, in one temporary folder, under a guard that ends them if we cannot. */
export interface Children {
  readonly folder: string;
  start(start: ChildStart): Child;
  /** Ends these; one that does not go within `graceMs` is killed. */
  stop(children: readonly Child[], graceMs: number): Promise<void>;
  killAll(): void;
  /** Waits until nothing of the demo is left, processes and files. */
  close(): Promise<void>;
}

const tailLines = 30;
const shownLines = 12;

/** Rejects when the process ends, with the last that it said: for a process that should not have ended yet. */
export async function endedEarly({ name, exited, tail }: Child): Promise<never> {
  const how = await exited;
  const said = tail.slice(-shownLines).map((line) => `\n  ${line}`);
  throw failure('ProcessNotStarted', `${name} ended too early (${how})${said.join('')}`);
}

export async function openChildren(): Promise<Children> {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-demo-'));
  const all = new Set<Child>();
  const guard = startGuard(folder);
  return {
    folder,
    start(start) {
      const child = startChild(start);
      all.add(child);
      void child.exited.then(() => all.delete(child));
      return child;
    },
    stop: (children, graceMs) => stopAll(children, graceMs),
    killAll() {
      for (const child of all) child.kill('SIGKILL');
    },
    async close() {
      guard.stdin?.end();
      await new Promise((resolve) => guard.once('exit', resolve));
    },
  };
}

function startGuard(folder: string): ChildProcess {
  const entry = fileURLToPath(entryUrl(import.meta.url, './guard-child.ts'));
  const stdio = ['pipe', 'ignore', 'ignore'] as const;
  const guard = spawn(process.execPath, [...process.execArgv, entry], { detached: true, stdio: [...stdio] });
  guard.stdin?.write(folder);
  return guard;
}

/** In a process group of its own, so that Ctrl-C on the terminal reaches it through us alone, in our order. */
function startChild({ name, args, input, onLine }: ChildStart): Child {
  const child = spawn(process.execPath, [...args], { detached: true });
  const tail: string[] = [];
  let running = true;
  const exited = new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  }).finally(() => {
    running = false;
  });
  readLines(child.stdout, (line) => {
    keep(tail, line);
    onLine?.(line);
  });
  readLines(child.stderr, (line) => keep(tail, line));
  child.stdin.on('error', () => {});
  if (input !== undefined) child.stdin.end(input);
  return {
    name,
    pid: child.pid ?? 0,
    get running() {
      return running;
    },
    exited,
    tail,
    kill: (signal) => void child.kill(signal),
  };
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream }).on('line', onLine);
}

function keep(tail: string[], line: string): void {
  tail.push(line);
  if (tail.length > tailLines) tail.shift();
}

async function stopAll(children: readonly Child[], graceMs: number): Promise<void> {
  for (const child of children) child.kill('SIGTERM');
  const killer = setTimeout(() => {
    for (const child of children) if (child.running) child.kill('SIGKILL');
  }, graceMs);
  await Promise.all(children.map(({ exited }) => exited));
  clearTimeout(killer);
}
