import type { Outbox } from '../outbox/outbox.ts';
import type { Pipeline } from '../pipelines/pipeline.ts';
import type { Pipelines } from '../pipelines/pipelines.ts';
import type { SinkCounts } from '../pipelines/sinks/sink.ts';
import { family, histogramFamily, type Sample } from './exposition.ts';

/** Per pipeline and sink, and the outbox that they fill. */
export function pipelineMetrics(pipelines: Pipelines, outbox: Outbox): string {
  const all = pipelines.list();
  const counter = (name: string, help: string, key: keyof Pipeline['counts']) =>
    family(
      name,
      'counter',
      help,
      all.map(({ name: pipeline, counts }) => [{ pipeline }, counts[key]]),
    );
  return [
    counter('skerry_pipeline_frames_total', 'Frames that were acknowledged.', 'frames'),
    counter('skerry_pipeline_frames_failed_total', 'Frames that were refused.', 'failed'),
    counter('skerry_pipeline_frames_captured_total', 'Frames that were kept for learning.', 'captured'),
    histogramFamily(
      'skerry_pipeline_duration_seconds',
      'From the first stage of a pipeline to its last.',
      all.map(({ name, latency }) => [{ pipeline: name }, latency]),
    ),
    family(
      'skerry_sink_delivered_total',
      'counter',
      'Results that a sink delivered.',
      sinksOf(all, 'delivered'),
    ),
    family('skerry_sink_failed_total', 'counter', 'Results that a sink gave up.', sinksOf(all, 'failed')),
    family('skerry_sink_waiting', 'gauge', 'Results that wait in a sink.', sinksOf(all, 'waiting')),
    family('skerry_outbox_bytes', 'gauge', 'Bytes of the outbox folder.', [[{}, outbox.bytes]]),
    family(
      'skerry_outbox_dropped_total',
      'counter',
      'Messages of the runtime that were given up before all of their segment was acknowledged.',
      outbox.drops().map(({ stream, reason, count }) => [{ stream, reason }, count]),
    ),
    family('skerry_outbox_quota_bytes', 'gauge', 'Bytes that the outbox may have.', [[{}, outbox.quota]]),
    family(
      'skerry_outbox_refusing',
      'gauge',
      '1 while messages are refused for want of room or by the disk.',
      [[{}, outbox.refusal ? 1 : 0]],
    ),
  ].join('');
}

const sinksOf = (all: readonly Pipeline[], key: keyof SinkCounts): Sample[] =>
  all.flatMap(({ name, sinks }) =>
    [...sinks].map(([sink, one]): Sample => [{ pipeline: name, sink }, one.counts()[key]]),
  );
