import { readFileSync } from 'node:fs';
import { parseCoreList } from './core-list.ts';

/** Where a thread of this process may run, and how far behind others (proc(5)). */
export interface ThreadStatus {
  /** CPU numbers. */
  readonly cores: readonly number[];
  /** Nice value: 0 is normal, 19 the last to get its turn. */
  readonly nice: number;
}

/** Throws where there is no Linux `/proc`, or no such thread. */
export function threadStatus(threadId: number | 'self'): ThreadStatus {
  const folder = threadId === 'self' ? '/proc/thread-self' : `/proc/self/task/${threadId}`;
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync(`${folder}/status`, 'utf8'))![1]!;
  // The name, in parentheses, may hold spaces; nice is the 17th field after it.
  const fields = readFileSync(`${folder}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  return { cores: parseCoreList(list), nice: Number(fields[16]) };
}
