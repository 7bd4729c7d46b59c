import type { DesiredModel, PipelineSpec } from '@skerry/contracts';

/** A version of a model, as the plan tells it from others. */
export interface Version {
  readonly version: string;
  readonly digest: string;
}

/** What is wanted of this device, by name: the parts of the desired state that it can do. */
export interface Target {
  readonly models: ReadonlyMap<string, DesiredModel>;
  readonly pipelines: ReadonlyMap<string, PipelineSpec>;
}

/** What is so, as far as the plan needs it. */
export interface Current {
  /** Whether the runtime can be asked for anything. */
  readonly runtimeUp: boolean;
  /** The version that takes traffic, by model. */
  readonly serving: ReadonlyMap<string, Version>;
  /** What runs, by pipeline. */
  readonly pipelines: ReadonlyMap<string, PipelineSpec>;
  /** Digests of the artifacts that lie ready on this device. */
  readonly stored: ReadonlySet<string>;
  /** Digests of those of which a part lies there. */
  readonly begun: ReadonlySet<string>;
  /** The version of each model that served well last: what to go back to. */
  readonly proven: ReadonlyMap<string, Version>;
  /** Versions that failed here and are not tried again, as {@link versionKey}. */
  readonly refused: ReadonlySet<string>;
  /** Steps that failed lately and wait for another try, as {@link attemptOf}. */
  readonly resting: ReadonlySet<string>;
  /** Parts that a step is at work on, as {@link partOf}. */
  readonly busy: ReadonlySet<string>;
}

export type Step =
  | { readonly do: 'pull'; readonly model: string; readonly wanted: DesiredModel }
  | { readonly do: 'load'; readonly model: string; readonly version: Version }
  | { readonly do: 'unload'; readonly model: string }
  | { readonly do: 'putPipeline'; readonly pipeline: string; readonly spec: PipelineSpec }
  | { readonly do: 'removePipeline'; readonly pipeline: string }
  | { readonly do: 'collect'; readonly keep: readonly string[] };

/** The part that a collection works on. */
export const collecting = 'artifacts';

/** The one part of the device that a step works on: two steps on one part never run at once. */
export function partOf(step: Step): string {
  switch (step.do) {
    case 'pull':
      return `artifact/${step.wanted.digest}`;
    case 'load':
    case 'unload':
      return `model/${step.model}`;
    case 'putPipeline':
    case 'removePipeline':
      return `pipeline/${step.pipeline}`;
    case 'collect':
      return collecting;
  }
}

/** What a failure is remembered under: another version of a model is another attempt. */
export function attemptOf(step: Step): string {
  return step.do === 'load'
    ? `load/${versionKey(step.model, step.version.digest)}`
    : `${step.do}/${partOf(step)}`;
}

export const versionKey = (model: string, digest: string) => `${model}@${digest}`;
