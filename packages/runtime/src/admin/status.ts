import type { RuntimeModel, RuntimePipeline, RuntimeStatus } from '@skerry/contracts';
import type { Histogram } from '../metrics/histogram.ts';
import type { Directory, ModelRecord, ServingVersion } from '../models/directory.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Pipeline } from '../pipelines/pipeline.ts';
import type { Pipelines } from '../pipelines/pipelines.ts';
import { leftOutNote } from '../serving/signature.ts';

/** Which runtime this is; made anew at every start. */
export type Instance = Pick<RuntimeStatus, 'instanceId' | 'pid' | 'stateFolder' | 'rest' | 'metrics' | 'ca'>;

export interface StatusParts {
  readonly instance: Instance;
  readonly models: Directory;
  readonly pipelines: Pipelines;
  readonly outbox: Outbox;
}

export function statusOf({ instance, models, pipelines, outbox }: StatusParts): RuntimeStatus {
  return {
    ...instance,
    models: [...models.values()].flatMap(modelsOf),
    pipelines: pipelines.list().map((one) => pipelineOf(one, models)),
    outbox: { bytes: outbox.bytes, quota: outbox.quota, drops: outbox.drops() },
    ...(outbox.refusal && { refusal: outbox.refusal }),
  };
}

function modelsOf({ versions, target }: ModelRecord): RuntimeModel[] {
  const serving = versions.map(servingOf);
  return target ? [...serving, { ...target, count: 0 }] : serving;
}

function servingOf({ name, version, digest, signature: { leftOut }, stats }: ServingVersion): RuntimeModel {
  const { compute } = stats();
  return {
    name,
    version,
    digest,
    phase: 'Serving',
    ...(leftOut.length > 0 && { reason: 'ModelOutputNotTensor', message: leftOutNote(leftOut) }),
    count: compute.count,
    ...latencyOf(compute),
  };
}

function pipelineOf({ name, spec, counts, latency, sinks }: Pipeline, models: Directory): RuntimePipeline {
  return {
    name,
    spec,
    ...phaseOf(spec, models),
    ...counts,
    ...latencyOf(latency),
    sinks: Object.fromEntries([...sinks].map(([sink, one]) => [sink, one.counts()])),
  };
}

// A pipeline whose model is not there yet answers every frame with 503.
function phaseOf(
  { stages }: Pipeline['spec'],
  models: Directory,
): Pick<RuntimePipeline, 'phase' | 'reason' | 'message'> {
  for (const stage of stages) {
    if (!('infer' in stage) || models.get(stage.infer.model)?.versions.length) continue;
    return {
      phase: 'Waiting',
      reason: 'ModelsNotReady',
      message: `model ${stage.infer.model} does not serve`,
    };
  }
  return { phase: 'Serving' };
}

function latencyOf(latency: Histogram): { p50Us?: number; p99Us?: number } {
  const [p50Us, p99Us] = [latency.quantile(0.5), latency.quantile(0.99)];
  return p50Us === undefined || p99Us === undefined ? {} : { p50Us, p99Us };
}
