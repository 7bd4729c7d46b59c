import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

export interface RunningProcess {
  readonly pid: number;
  readonly group: number;
  readonly command: string;
}

/**
 * Processes, our own aside, that have to do with a folder: it stands in their arguments, or, where `/proc` tells, in
 * their environment or as their working folder. Zombies are no longer running.
 */
export async function processesOf(folder: string): Promise<RunningProcess[]> {
  const all = await listProcesses();
  const related = await Promise.all(
    all.map(async (one) => one.command.includes(folder) || (await mentions(one.pid, folder))),
  );
  return all.filter((one, index) => related[index] && one.pid !== process.pid);
}

async function listProcesses(): Promise<RunningProcess[]> {
  const { stdout } = await promisify(execFile)('ps', ['-wwAo', 'pid=,pgid=,stat=,command='], {
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, group, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid && !state?.startsWith('Z')
      ? [{ pid: Number(pid), group: Number(group), command: command! }]
      : [];
  });
}

async function mentions(pid: number, folder: string): Promise<boolean> {
  const seen = await Promise.all([
    readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''),
    readlink(`/proc/${pid}/cwd`).catch(() => ''),
  ]);
  return seen.some((text) => text.includes(folder));
}
