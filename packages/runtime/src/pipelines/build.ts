import { join } from 'node:path';
import { milliseconds, type PipelineSpec, type Sink as SinkSpec } from '@skerry/contracts';
import type { Clock, Disk, Http, Logger, Random } from '@skerry/kit';
import { captureBudget } from '../capture/budget.ts';
import { failure } from '../errors.ts';
import type { ModelTable } from '../models/model-table.ts';
import type { BootTime } from '../outbox/boot-time.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { eventMaker } from './events.ts';
import type { Stage } from './frame.ts';
import { type Pipeline, pipeline } from './pipeline.ts';
import { fileSink } from './sinks/file.ts';
import { outboxSink } from './sinks/outbox.ts';
import type { Sink } from './sinks/sink.ts';
import { webhookSink } from './sinks/webhook.ts';
import { captureStage } from './stages/capture.ts';
import { decodeStage } from './stages/decode.ts';
import { inferStage } from './stages/infer.ts';

export interface PipelineTools {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly http: Http;
  readonly logger: Logger;
  readonly boot: BootTime;
  readonly outbox: Outbox;
  readonly models: ModelTable;
  /** What stands before `/pipelines/NAME` in the source of its events. */
  readonly eventSource: string;
  readonly stateFolder: string;
}

/** Makes a pipeline of what a deployment says. Throws `InvalidRequest` when its stages don't follow on each other. */
export async function buildPipeline(
  tools: PipelineTools,
  name: string,
  spec: PipelineSpec,
): Promise<Pipeline> {
  checkOrder(spec);
  const { clock, outbox, logger } = tools;
  const stages = await Promise.all(spec.stages.map((stage, index) => buildStage(tools, name, stage, index)));
  const sinks = new Map(Object.entries(spec.sinks).map(([sink, what]) => [sink, buildSink(tools, what)]));
  const events = eventMaker(`${tools.eventSource}/pipelines/${name}`, clock, tools.boot);
  return pipeline({ name, spec, stages, sinks, events, outbox, clock, logger });
}

const kindOf = (stage: PipelineSpec['stages'][number]) => Object.keys(stage)[0]!;

const needed: Readonly<Record<string, string>> = { infer: 'decode', capture: 'infer' };

function checkOrder({ stages }: PipelineSpec): void {
  const seen = new Set<string>();
  for (const [index, stage] of stages.entries()) {
    const kind = kindOf(stage);
    const before = needed[kind];
    if (before !== undefined && !seen.has(before))
      throw failure('InvalidRequest', `stage ${kind} needs a stage ${before} before it`, {
        pointer: `/stages/${index}`,
      });
    seen.add(kind);
  }
}

async function buildStage(
  tools: PipelineTools,
  name: string,
  stage: PipelineSpec['stages'][number],
  index: number,
): Promise<Stage> {
  if ('decode' in stage) return decodeStage(stage.decode);
  if ('infer' in stage) return inferStage(tools.models, tools.clock, stage.infer.model);
  const { when, maxPerHour } = stage.capture;
  const file = join(tools.stateFolder, 'capture', `${name}-${index}.json`);
  return captureStage(when, await captureBudget({ ...tools, file, maxPerHour }), index);
}

function buildSink(tools: PipelineTools, sink: SinkSpec): Sink {
  if ('outbox' in sink) return outboxSink(tools.outbox, sink.outbox.stream);
  if ('webhook' in sink) {
    const { url, timeout } = sink.webhook;
    return webhookSink({ ...tools, url, timeoutMs: milliseconds(timeout) });
  }
  return fileSink({ ...tools, path: join(tools.stateFolder, 'files', sink.file.path) });
}
