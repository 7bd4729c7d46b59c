import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { describeError, isSkerryError, type Ports, withDeadline } from '@skerry/kit';

/** What became of a thread's placement; where the platform cannot, nothing was changed and `reason` says why. */
export type Placement = { readonly done: true } | { readonly done: false; readonly reason: string };

const TASKSET_MS = 5_000;
/** Nice value of threads that may wait: the scheduler gives them about a thirtieth of what it gives the others. */
const LOW_PRIORITY = 15;
const notLinux: Placement = {
  done: false,
  reason: `${process.platform} has no way to place a single thread`,
};

/** The kernel's id of the calling thread (proc(5), `/proc/thread-self`); undefined where there is none to be had. */
export function currentThreadId(): number | undefined {
  try {
    return Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  } catch {
    return undefined;
  }
}

/**
 * Lets a thread of this user run on these cores alone (sched_setaffinity(2), by util-linux's `taskset`). Never rejects.
 *
 * @param cores  CPU numbers as Linux counts them, from 0
 */
export async function pinThread(
  { clock, processes }: Pick<Ports, 'clock' | 'processes'>,
  threadId: number | undefined,
  cores: readonly number[],
): Promise<Placement> {
  if (process.platform !== 'linux' || threadId === undefined) return notLinux;
  const said: string[] = [];
  const output = { lines: (line: string) => void said.push(line) };
  try {
    const taskset = await processes.spawn('taskset', ['-p', '-c', cores.join(), `${threadId}`], { output });
    const { code } = await withDeadline(taskset.exited, TASKSET_MS, clock, 'taskset');
    return code === 0
      ? { done: true }
      : { done: false, reason: said.join('; ') || `taskset ended with ${code}` };
  } catch (error) {
    return { done: false, reason: isSkerryError(error) ? error.detail : describeError(error) };
  }
}

/** Puts a thread behind all of normal priority (setpriority(2), which on Linux takes a thread's id). Never throws. */
export function lowerPriority(threadId: number | undefined): Placement {
  if (process.platform !== 'linux' || threadId === undefined) return notLinux;
  try {
    setPriority(threadId, LOW_PRIORITY);
    return { done: true };
  } catch (error) {
    return { done: false, reason: describeError(error) };
  }
}
