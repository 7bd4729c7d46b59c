import type { Processes } from '../processes.ts';

export function nodeProcesses(): Processes {
  throw new Error('being written');
}
