import { type ChildProcess, type StdioOptions, spawn as spawnChild } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { SkerryError } from '../../errors.ts';
import type { ChildHandle, ProcessExit, Processes, ProcessOutput, SpawnOptions } from '../processes.ts';
import { errnoOf } from './errno.ts';
import { socketHolder } from './socket-holder.ts';

const MAX_LINE = 16 * 1024;

export function nodeProcesses(): Processes {
  return {
    spawn,
    alive: (pid) => signal(pid, 0),
    kill: (pid, name = 'SIGTERM') => signal(pid, name),
    listeningOn: socketHolder,
  };
}

async function spawn(
  program: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<ChildHandle> {
  const { output = 'ignore', input, detached = false, env, cwd } = options;
  const file =
    typeof output === 'object' && 'appendTo' in output ? openSync(output.appendTo, 'a', 0o600) : undefined;
  try {
    const stdio = stdioFor(output, input !== undefined, file);
    const child = spawnChild(program, [...args], { env: env ?? process.env, cwd, detached, stdio });
    const exited = exitOf(child);
    await started(child, program);
    feed(child, input);
    if (typeof output === 'object' && 'lines' in output) listen(child, output.lines);
    if (detached) child.unref();
    return { pid: child.pid!, exited, kill: (name) => child.kill(name ?? 'SIGTERM') };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function stdioFor(output: ProcessOutput, hasInput: boolean, file: number | undefined): StdioOptions {
  const input = hasInput ? 'pipe' : 'ignore';
  if (output === 'ignore' || output === 'inherit') return [input, output, output];
  return file === undefined ? [input, 'pipe', 'pipe'] : [input, file, file];
}

function started(child: ChildProcess, program: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => reject(notStarted(program, cause)));
  });
}

function exitOf(child: ChildProcess): Promise<ProcessExit> {
  return new Promise((resolve) => {
    child.once('close', (code, signalName) => resolve({ code, signal: signalName }));
  });
}

/** A child that ends without reading its input is no error of ours. */
function feed(child: ChildProcess, input: string | Uint8Array | undefined): void {
  child.stdin?.on('error', () => {});
  if (input !== undefined) child.stdin?.end(input);
}

function listen(child: ChildProcess, onLine: (line: string, from: 'stdout' | 'stderr') => void): void {
  if (child.stdout) readLines(child.stdout, (line) => onLine(line, 'stdout'));
  if (child.stderr) readLines(child.stderr, (line) => onLine(line, 'stderr'));
}

/** Lines as they come; of a longer one, only its beginning, so that a child without newlines fills no memory. */
function readLines(stream: Readable, onLine: (line: string) => void): void {
  let partial = '';
  const add = (text: string) => {
    partial += text.slice(0, MAX_LINE - partial.length);
  };
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const [first = '', ...more] = chunk.split('\n');
    add(first);
    for (const text of more) {
      onLine(partial.replace(/\r$/, ''));
      partial = '';
      add(text);
    }
  });
  stream.on('end', () => partial !== '' && onLine(partial));
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

const notStarted = (program: string, cause: Error) =>
  new SkerryError({
    code: 'ProcessNotStarted',
    detail: `${program} did not start: ${cause.message}`,
    next: 'Check that the program is installed and may be executed by this user.',
    cause,
  });
