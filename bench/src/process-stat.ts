import { readdirSync, readFileSync } from 'node:fs';

/** CPU time of all threads of a process so far, in µs, from outside (Linux: `/proc/PID/task/TID/schedstat`, in ns). */
export function cpuMicros(pid: number): number {
  let nanos = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`))
    nanos += nanosOf(`/proc/${pid}/task/${thread}/schedstat`);
  return nanos / 1000;
}

function nanosOf(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8').split(' ')[0]);
  } catch {
    return 0; // The thread ended since it was listed.
  }
}

/** Memory of a process in MB (10⁶ bytes), with what it shares counted in proportion: PSS of `/proc/PID/smaps_rollup`. */
export function pssMegabytes(pid: number): number {
  return pssOf(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
}

export function pssOf(rollup: string): number {
  const kibibytes = /^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1];
  if (kibibytes === undefined) throw new Error('smaps_rollup has no Pss line');
  return (Number(kibibytes) * 1024) / 1e6;
}
