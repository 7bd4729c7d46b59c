import { type Directory, type ServingVersion, servingVersions } from '../models/directory.ts';
import { family, histogramFamily, type Sample } from './exposition.ts';
import { failureReasons, type StatsReading } from './model-stats.ts';

/** A version and what all threads did for it, read once. */
interface Read {
  readonly labels: { readonly model: string; readonly version: string };
  readonly placement: ServingVersion['placement'];
  readonly stats: StatsReading;
  readonly pending: number;
  readonly restarts: number;
}

const readAll = (directory: Directory): Read[] =>
  servingVersions(directory).map(({ name, version, placement, stats, pending, restarts }) => ({
    labels: { model: name, version },
    placement,
    stats: stats(),
    pending: pending(),
    restarts: restarts(),
  }));

/** Per version: Triton's counters by the names that dashboards know, and durations of our own in seconds. */
export function modelMetrics(directory: Directory): string {
  const all = readAll(directory);
  const durations = (name: string, help: string, key: 'compute' | 'request' | 'queue') =>
    histogramFamily(
      name,
      help,
      all.map(({ labels, stats }) => [labels, stats[key]]),
    );
  return [
    // Triton calls them counters and a gauge; by their names the format's own checker does not let that stand.
    ...countersOf(all, 'untyped'),
    durations(
      'skerry_inference_duration_seconds',
      'Calls of the engine, by requests and by pipelines.',
      'compute',
    ),
    durations(
      'skerry_request_duration_seconds',
      'Requests over the network, from body read to answer written.',
      'request',
    ),
    durations(
      'skerry_queue_duration_seconds',
      'How long requests over the network waited for their turn.',
      'queue',
    ),
    pendingOf(all, 'untyped'),
    family(
      'skerry_instance_restarts_total',
      'counter',
      'Instances that were opened in place of lost ones.',
      all.map(({ labels, restarts }) => [labels, restarts]),
    ),
    family(
      'skerry_model_placement_info',
      'gauge',
      'Where a version runs: on the thread that reads the request, or on one that runs models alone.',
      all.map(({ labels, placement }) => [{ ...labels, execution: placement.execution }, 1]),
    ),
    family(
      'skerry_model_ready',
      'gauge',
      'Whether a version of the model takes traffic.',
      readyOf(directory),
    ),
  ].join('');
}

/** All of Triton's names and types as they are, for its dashboards. */
export function tritonMetrics(directory: Directory): string {
  const all = readAll(directory);
  const sums = (what: string, help: string, sum: (stats: StatsReading) => number) =>
    family(
      `nv_inference_${what}_duration_us`,
      'counter',
      `Cumulative ${help} duration in microseconds`,
      all.map(({ labels, stats }) => [labels, Math.round(sum(stats))]),
    );
  return [
    ...countersOf(all, 'counter'),
    sums('request', 'inference request', ({ request }) => request.sum),
    pendingOf(all, 'gauge'),
    sums('queue', 'inference queuing', ({ queue }) => queue.sum),
    sums('compute_input', 'compute input', ({ inputUs }) => inputUs),
    sums('compute_infer', 'compute inference', ({ inferUs }) => inferUs),
    sums('compute_output', 'inference compute output', ({ outputUs }) => outputUs),
  ].join('');
}

function countersOf(all: readonly Read[], type: 'counter' | 'untyped'): string[] {
  const counts = (name: string, help: string, count: (stats: StatsReading) => number) =>
    family(
      name,
      type,
      help,
      all.map(({ labels, stats }): Sample => [labels, count(stats)]),
    );
  return [
    counts(
      'nv_inference_request_success',
      'Number of successful inference requests',
      ({ request }) => request.count,
    ),
    family('nv_inference_request_failure', type, 'Number of failed inference requests', failuresOf(all)),
    counts('nv_inference_count', 'Number of inferences performed', ({ inferences }) => inferences),
    counts('nv_inference_exec_count', 'Number of model executions performed', ({ compute }) => compute.count),
  ];
}

const pendingOf = (all: readonly Read[], type: 'gauge' | 'untyped'): string =>
  family(
    'nv_inference_pending_request_count',
    type,
    'Instantaneous number of pending requests awaiting execution per-model.',
    all.map(({ labels, pending }) => [labels, pending]),
  );

const failuresOf = (all: readonly Read[]): Sample[] =>
  all.flatMap(({ labels, stats: { failures } }) =>
    failureReasons.map((reason): Sample => [{ ...labels, reason }, failures[reason]]),
  );

const readyOf = (directory: Directory): Sample[] =>
  [...directory].map(([model, { versions }]) => [{ model }, versions.length > 0 ? 1 : 0]);
