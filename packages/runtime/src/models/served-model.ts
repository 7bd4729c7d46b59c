import type { ModelSpec } from '@skerry/contracts';
import type { Clock } from '@skerry/kit';
import type { Session } from '../engines/engine.ts';
import { inputScratch } from '../execution/scratch.ts';
import { type ModelStats, modelStats } from '../metrics/model-stats.ts';
import type { Tensor, TensorData, TensorSpec } from '../tensors/tensor.ts';

export interface ModelId {
  readonly name: string;
  readonly version: string;
  /** Of the artifact it came from; empty for a folder that no hub sent. */
  readonly digest: string;
}

/** One version of a model that takes traffic on this thread. */
export interface ServedModel extends ModelId {
  readonly spec: ModelSpec;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly outputNames: readonly string[];
  /** Outputs that are no tensors and are not served. */
  readonly leftOut: readonly string[];
  readonly stats: ModelStats;
  /** Position of an input in `inputs`; -1 where there is none of that name. */
  inputIndex(name: string): number;
  /** Memory for an input, good until the next request. */
  scratch(input: number, count: number): TensorData;
  /** Runs inline and counts it. See `Session.run`. */
  run(feeds: readonly Tensor[], wanted: readonly string[]): Tensor[];
  close(): void;
}

export function servedModel(id: ModelId, spec: ModelSpec, session: Session, clock: Clock): ServedModel {
  const { inputs, outputs, leftOut } = session;
  const indexes = new Map(inputs.map(({ name }, index) => [name, index]));
  const stats = modelStats();
  return {
    ...id,
    spec,
    inputs,
    outputs,
    outputNames: outputs.map(({ name }) => name),
    leftOut,
    stats,
    inputIndex: (name) => indexes.get(name) ?? -1,
    scratch: inputScratch(inputs),
    run(feeds, wanted) {
      const started = clock.monotonic();
      const answer = session.run(feeds, wanted);
      stats.compute.record((clock.monotonic() - started) * 1000);
      stats.inferences += rowsOf(feeds);
      return answer;
    },
    close: () => session.close(),
  };
}

// By Triton's counting: the first axis is the batch, a scalar is one.
const rowsOf = (feeds: readonly Tensor[]) => feeds[0]?.shape[0] ?? 1;
