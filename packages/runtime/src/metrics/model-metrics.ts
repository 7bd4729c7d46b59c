import type { ModelTable } from '../models/model-table.ts';
import type { ServedModel } from '../models/served-model.ts';
import { family, histogramFamily, type Sample } from './exposition.ts';
import { failureReasons } from './model-stats.ts';

const labelsOf = ({ name, version }: ServedModel) => ({ model: name, version });

function servingOf(models: ModelTable): ServedModel[] {
  return [...models.entries.values()].flatMap(({ serving }) => (serving ? [serving] : []));
}

/** Per model: Triton's counters by the names that dashboards know, and durations of our own in seconds. */
export function modelMetrics(models: ModelTable): string {
  const serving = servingOf(models);
  return [
    // Triton calls them counters; without `_total` the format's own checker does not let that stand.
    ...countersOf(serving, 'untyped'),
    histogramFamily(
      'skerry_inference_duration_seconds',
      'Calls of the engine, by requests and by pipelines.',
      serving.map((model) => [labelsOf(model), model.stats.compute]),
    ),
    histogramFamily(
      'skerry_request_duration_seconds',
      'Requests over the network, from body read to answer written.',
      serving.map((model) => [labelsOf(model), model.stats.request]),
    ),
    family('skerry_model_ready', 'gauge', 'Whether a version of the model takes traffic.', readyOf(models)),
  ].join('');
}

/** All of Triton's names and types as they are, for its dashboards. */
export function tritonMetrics(models: ModelTable): string {
  const serving = servingOf(models);
  const sums = (name: string, help: string, sum: (model: ServedModel) => number) =>
    family(
      name,
      'counter',
      help,
      serving.map((model) => [labelsOf(model), Math.round(sum(model))]),
    );
  return [
    ...countersOf(serving, 'counter'),
    sums(
      'nv_inference_request_duration_us',
      'Cumulative inference request duration in microseconds',
      ({ stats }) => stats.request.sum,
    ),
    sums(
      'nv_inference_compute_input_duration_us',
      'Cumulative compute input duration in microseconds',
      ({ stats }) => stats.inputUs,
    ),
    sums(
      'nv_inference_compute_infer_duration_us',
      'Cumulative compute inference duration in microseconds',
      ({ stats }) => stats.inferUs,
    ),
    sums(
      'nv_inference_compute_output_duration_us',
      'Cumulative inference compute output duration in microseconds',
      ({ stats }) => stats.outputUs,
    ),
  ].join('');
}

function countersOf(serving: readonly ServedModel[], type: 'counter' | 'untyped'): string[] {
  const counts = (count: (model: ServedModel) => number): Sample[] =>
    serving.map((model) => [labelsOf(model), count(model)]);
  return [
    family(
      'nv_inference_request_success',
      type,
      'Number of successful inference requests',
      counts(({ stats }) => stats.request.count),
    ),
    family('nv_inference_request_failure', type, 'Number of failed inference requests', failuresOf(serving)),
    family(
      'nv_inference_count',
      type,
      'Number of inferences performed',
      counts(({ stats }) => stats.inferences),
    ),
    family(
      'nv_inference_exec_count',
      type,
      'Number of model executions performed',
      counts(({ stats }) => stats.compute.count),
    ),
  ];
}

const failuresOf = (serving: readonly ServedModel[]): Sample[] =>
  serving.flatMap((model) =>
    failureReasons.map((reason): Sample => [{ ...labelsOf(model), reason }, model.stats.failures[reason]]),
  );

const readyOf = (models: ModelTable): Sample[] =>
  [...models.entries].map(([model, { serving }]) => [{ model }, serving ? 1 : 0]);
