import { join } from 'node:path';
import { type Clock, type Disk, every, type ProcessExit, type Processes, type Stop } from '@skerry/kit';
import type { End } from './driver.ts';
import type { RuntimeAdmin } from './runtime-admin.ts';
import { keepLogSmall, lastWords, logPath } from './runtime-log.ts';

/** A running runtime, ours from birth or adopted. */
export interface RuntimeProcess {
  readonly adopted: boolean;
  readonly ended: Promise<End>;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Stops looking after it, and leaves it be. */
  release(): void;
}

export interface RuntimeLaunch {
  /** Program and arguments that come before the runtime's own. */
  readonly program: readonly [string, ...string[]];
  /** What it is told besides its state folder. */
  readonly args: readonly string[];
  readonly stateFolder: string;
}

export interface RuntimeProcessOptions extends RuntimeLaunch {
  readonly processes: Processes;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly admin: RuntimeAdmin;
}

const WATCH_MS = 250;

/** The runtime that an earlier life of the agent started, if it still runs. */
export async function adoptRuntime(options: RuntimeProcessOptions): Promise<RuntimeProcess | undefined> {
  const { processes, clock } = options;
  const pid = await runningPid(options);
  if (pid === undefined) return undefined;
  const { promise: ended, resolve } = Promise.withResolvers<End>();
  const stopWatching = every(clock, WATCH_MS, () => {
    if (processes.alive(pid)) return;
    release();
    resolve({ how: 'it is gone', wasAsked: false });
  });
  const release = both(stopWatching, keepLogSmall(options));
  return {
    adopted: true,
    ended,
    kill: (signal) => void processes.kill(pid, signal),
    release,
  };
}

/**
 * Who answers on the socket of the state folder, for this state folder, and is a process that is there. One that hangs
 * does not answer, and keeps every other one out: it is who holds the folder's lock. Nothing of it is looked for in a
 * file, since on a full disk there would be none.
 */
async function runningPid(options: RuntimeProcessOptions): Promise<number | undefined> {
  const { processes, admin, stateFolder } = options;
  const status = await admin.status().catch(() => undefined);
  if (status?.stateFolder === stateFolder && processes.alive(status.pid)) return status.pid;
  return processes.listeningOn(join(stateFolder, 'lock'));
}

/** Starts the runtime in a process group of its own, so that it outlives a killed agent. */
export async function startRuntime(options: RuntimeProcessOptions): Promise<RuntimeProcess> {
  const { processes, disk, program, args, stateFolder } = options;
  const [command, ...first] = program;
  await disk.makeFolder(`${stateFolder}/log`);
  const release = keepLogSmall(options);
  const child = await processes.spawn(command, [...first, '--state', stateFolder, ...args], {
    detached: true,
    output: { appendTo: logPath(stateFolder) },
  });
  return {
    adopted: false,
    ended: child.exited.then((exit) => {
      release();
      return howOf(exit, options);
    }),
    kill: (signal) => void child.kill(signal),
    release,
  };
}

async function howOf(
  { code, signal }: ProcessExit,
  { disk, stateFolder }: RuntimeProcessOptions,
): Promise<End> {
  if (signal) return { how: `killed by ${signal}`, wasAsked: asking.includes(signal) };
  if (code === 0) return { how: 'ended with code 0', wasAsked: true };
  const words = await lastWords(disk, stateFolder).catch(() => undefined);
  const how = words === undefined ? `ended with code ${code}` : `ended with code ${code}: ${words}`;
  return { how, wasAsked: false };
}

/** Until a runtime is there to hear them, they end it. */
const asking: readonly string[] = ['SIGTERM', 'SIGINT'];

const both =
  (one: Stop, other: Stop): Stop =>
  () => {
    one();
    other();
  };
