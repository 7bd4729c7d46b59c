import type { StatsReading } from '../metrics/model-stats.ts';
import type { DurationStatistics, ModelStatistics } from '../serving/central.ts';
import type { ServingVersion } from './directory.ts';

/** A version's figures as Triton's extension `statistics` has them. */
export function statisticsOf({
  name,
  version,
  stats,
}: Pick<ServingVersion, 'name' | 'version' | 'stats'>): ModelStatistics {
  const reading = stats();
  const { request, queue, compute, failedUs, inputUs, inferUs, outputUs } = reading;
  const failed = Object.values(reading.failures).reduce((sum, count) => sum + count, 0);
  return {
    name,
    version,
    last_inference: reading.lastInference,
    inference_count: reading.inferences,
    execution_count: compute.count,
    inference_stats: {
      success: duration(request.count, request.sum),
      fail: duration(failed, failedUs),
      queue: duration(queue.count, queue.sum),
      compute_input: duration(request.count, inputUs),
      compute_infer: duration(request.count, inferUs),
      compute_output: duration(request.count, outputUs),
      cache_hit: duration(0, 0),
      cache_miss: duration(0, 0),
    },
    batch_stats: batchesOf(reading),
  };
}

const batchesOf = ({ batches }: StatsReading): ModelStatistics['batch_stats'] =>
  batches.map(({ rows, calls, inputUs, inferUs, outputUs }) => ({
    batch_size: rows,
    compute_input: duration(calls, inputUs),
    compute_infer: duration(calls, inferUs),
    compute_output: duration(calls, outputUs),
  }));

const duration = (count: number, us: number): DurationStatistics => ({ count, ns: Math.round(us * 1000) });
