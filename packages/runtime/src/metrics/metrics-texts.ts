import type { Directory } from '../models/directory.ts';
import type { Pulse } from '../threads/pulse.ts';
import { family } from './exposition.ts';
import { modelMetrics, tritonMetrics } from './model-metrics.ts';
import { type ProcessUsage, processMetrics } from './process-metrics.ts';

export interface MetricsSources {
  readonly directory: Directory;
  /** Of all serving threads. */
  readonly pulses: readonly Pulse[];
  readonly usage: () => ProcessUsage;
  /** What the mode of the runtime adds. */
  readonly more: () => string;
}

/** The texts of `GET /metrics` and `GET /metrics/triton`. */
export function metricsTexts({ directory, pulses, usage, more }: MetricsSources) {
  return {
    all: () => modelMetrics(directory) + threadMetrics(pulses) + more() + processMetrics(usage()),
    triton: () => tritonMetrics(directory),
  };
}

function threadMetrics(pulses: readonly Pulse[]): string {
  return family(
    'skerry_serving_connections',
    'gauge',
    'Open connections of clients.',
    pulses.map(({ connections }, thread) => [{ thread: String(thread) }, connections]),
  );
}
