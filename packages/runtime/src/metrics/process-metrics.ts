import { family } from './exposition.ts';

export interface ProcessUsage {
  /** Resident set size. */
  readonly memoryBytes: number;
  /** User and system, since the start. */
  readonly cpuSeconds: number;
}

export function processMetrics({ memoryBytes, cpuSeconds }: ProcessUsage): string {
  return (
    family('process_resident_memory_bytes', 'gauge', 'Resident memory size in bytes.', [[{}, memoryBytes]]) +
    family('process_cpu_seconds_total', 'counter', 'Total user and system CPU time spent in seconds.', [
      [{}, cpuSeconds],
    ])
  );
}
