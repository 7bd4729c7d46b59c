import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { until } from './until.ts';

export interface ProgramStart {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Written to stdin, which is then closed; `open` leaves it open, to be typed into. */
  readonly input?: string | { readonly open: true } | undefined;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A real process, in a group of its own, with what it said. */
export interface Program extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  /** Resolves when it has ended and all its output was read. */
  readonly exited: Promise<Exit>;
  readonly running: boolean;
  /** Lines, in the order in which they came. */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /** Both, each line marked, for people who look into a failure. */
  readonly log: readonly string[];
  /** The first thing that `find` finds in a line of stdout; rejects when the program ends before. */
  said<T>(find: (line: string) => T | undefined, what: string, deadline?: number): Promise<T>;
  /** Writes to stdin, if that was left open. */
  type(text: string): void;
  /** To the process alone, as a person or the kernel would. */
  signal(signal: NodeJS.Signals): void;
  /** `kill -9`, and waits until it is gone. */
  kill(): Promise<Exit>;
  /** SIGTERM; SIGKILL to its whole group where that is not enough within the deadline, which is then an error. */
  stop(deadline?: number): Promise<Exit>;
  /** SIGKILL to the whole group, without waiting. */
  killGroup(): void;
}

const maxLines = 20_000;

export function startProgram(start: ProgramStart): Program {
  const child = spawn(start.command, start.args, {
    cwd: start.cwd,
    env: start.env,
    detached: true,
    stdio: [start.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  // One that ends without reading its input must not take the test with it.
  child.stdin?.on('error', () => {});
  if (typeof start.input === 'string') child.stdin?.end(start.input);
  return program(start.name, child);
}

function program(name: string, child: ChildProcess): Program {
  const log: string[] = [];
  const stdout = collect(child.stdout!, (line) => keep(log, `out ${line}`));
  const stderr = collect(child.stderr!, (line) => keep(log, `err ${line}`));
  const exited = ended(child);
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const killGroup = () => signalGroup(child.pid, 'SIGKILL');

  const self: Program = {
    name,
    pid: child.pid ?? 0,
    exited,
    get running() {
      return isRunning();
    },
    stdout,
    stderr,
    log,
    said: (find, what, deadline) => waitForLine(self, find, what, deadline),
    type: (text) => void child.stdin?.write(text),
    signal: (signal) => void child.kill(signal),
    kill: () => {
      child.kill('SIGKILL');
      return exited;
    },
    stop: (deadline = 15_000) => stop(self, child, deadline),
    killGroup,
    [Symbol.asyncDispose]: async () => void (await self.stop()),
  };
  return self;
}

function collect(stream: Readable, onLine: (line: string) => void): string[] {
  const lines: string[] = [];
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
    keep(lines, line);
    onLine(line);
  });
  return lines;
}

function keep(lines: string[], line: string): void {
  lines.push(line);
  if (lines.length > maxLines) lines.shift();
}

async function waitForLine<T>(
  program: Program,
  find: (line: string) => T | undefined,
  what: string,
  deadline = 20_000,
): Promise<T> {
  const found = await until(
    () => {
      for (const line of program.stdout) {
        const value = find(line);
        if (value !== undefined) return { value };
      }
      return program.running ? undefined : { ended: true };
    },
    { what: `${program.name} said ${what}`, deadline, every: 15 },
  );
  if ('value' in found) return found.value as T;
  const { code, signal } = await program.exited;
  throw new Error(`${program.name} ended (${signal ?? code}) before it said ${what}:\n${tail(program.log)}`);
}

async function stop(program: Program, child: ChildProcess, deadline: number): Promise<Exit> {
  if (program.running) child.kill('SIGTERM');
  let forced = false;
  const timer = setTimeout(() => {
    forced = true;
    program.killGroup();
  }, deadline);
  const exit = await program.exited;
  clearTimeout(timer);
  if (forced) throw new Error(`${program.name} did not end within ${deadline / 1000} s of SIGTERM`);
  return exit;
}

/** Resolves when the output is read to its end, or soon after the exit where somebody else still holds its pipes. */
function ended(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
    child.once('exit', (code, signal) => setTimeout(resolve, 500, { code, signal }));
  });
}

/** The last lines of a log, for an error's message. */
export function tail(lines: readonly string[], count = 30): string {
  return lines
    .slice(-count)
    .map((line) => `    ${line}`)
    .join('\n');
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (!pid) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is empty already.
  }
}
