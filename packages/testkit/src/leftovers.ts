import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

export interface RunningProcess {
  readonly pid: number;
  readonly command: string;
}

/**
 * Processes, our own aside, that have to do with a folder: it stands in their arguments, or, where `/proc` tells, in
 * their environment or as their working folder. Zombies are no longer running.
 */
export function processesOf(folder: string): RunningProcess[] {
  return listProcesses().filter(
    ({ pid, command }) => pid !== process.pid && (command.includes(folder) || mentions(pid, folder)),
  );
}

/** Ends them all at once, also those that left the group of whoever started them. */
export function killProcessesOf(folder: string): void {
  for (const { pid } of processesOf(folder)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }
}

function listProcesses(): RunningProcess[] {
  const options = { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 } as const;
  const lines = execFileSync('ps', ['-wwAo', 'pid=,stat=,command='], options).split('\n');
  return lines.flatMap((line) => {
    const [, pid, state, command] = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid && !state?.startsWith('Z') ? [{ pid: Number(pid), command: command! }] : [];
  });
}

function mentions(pid: number, folder: string): boolean {
  return (
    orNothing(() => readFileSync(`/proc/${pid}/environ`, 'utf8')).includes(folder) ||
    orNothing(() => readlinkSync(`/proc/${pid}/cwd`)).includes(folder)
  );
}

function orNothing(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
