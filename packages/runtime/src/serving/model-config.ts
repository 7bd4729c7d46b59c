import { limitsOf } from '../execution/limits.ts';
import type { ModelTable } from '../models/model-table.ts';
import type { Datatype, TensorSpec } from '../tensors/tensor.ts';
import { isPictureInput, type Signature } from './signature.ts';
import { versionsOf } from './versions.ts';

/** A model's configuration as Triton's extension `model_configuration` has it, the parts that apply here. */
export interface ModelConfig {
  readonly name: string;
  readonly platform: string;
  readonly backend: string;
  readonly version_policy: { readonly specific: { readonly versions: readonly number[] } };
  readonly max_batch_size: number;
  readonly input: readonly TensorConfig[];
  readonly output: readonly TensorConfig[];
  readonly instance_group: readonly {
    readonly name: string;
    readonly kind: string;
    readonly count: number;
  }[];
  readonly default_model_filename: string;
}

interface TensorConfig {
  readonly name: string;
  readonly data_type: string;
  readonly dims: readonly number[];
  /** Of an input: `FORMAT_NCHW` or `FORMAT_NHWC` where model.yaml says that it is a picture. */
  readonly format?: string;
  readonly label_filename?: string;
}

/** Throws what {@link ModelTable.find} throws. */
export function modelConfigOf(models: ModelTable, name: string, version?: string): ModelConfig {
  const model = models.find(name, version);
  const { inputs, outputs, spec } = model;
  const maxBatch = maxBatchOf(model);
  return {
    name,
    platform: 'onnxruntime_onnx',
    backend: 'onnxruntime',
    version_policy: { specific: { versions: versionsOf(models, name).map(Number) } },
    max_batch_size: maxBatch,
    input: inputs.map((input) => ({ ...tensorConfig(input, maxBatch), format: formatOf(model, input) })),
    output: outputs.map((output) => ({ ...tensorConfig(output, maxBatch), label_filename: '' })),
    instance_group: [{ name, kind: 'KIND_CPU', count: spec.serving?.instances ?? 1 }],
    default_model_filename: spec.file ?? 'model.onnx',
  };
}

/**
 * How many rows a request may have, 0 where the first axis is no batch. A batch that the model fixes at one is told
 * as such, so that clients send, as they do to others, one row with its axis.
 */
function maxBatchOf({ inputs, outputs, spec }: Signature): number {
  const first = new Set([...inputs, ...outputs].map(({ shape }) => shape[0]));
  if (first.size !== 1) return 0;
  if (first.has(-1)) return limitsOf(spec).maxBatch;
  return first.has(1) ? 1 : 0;
}

function tensorConfig({ name, datatype, shape }: TensorSpec, maxBatch: number): TensorConfig {
  const dims = maxBatch > 0 ? shape.slice(1) : [...shape];
  return { name, data_type: typeOf(datatype), dims };
}

const typeOf = (datatype: Datatype) => (datatype === 'BYTES' ? 'TYPE_STRING' : `TYPE_${datatype}`);

function formatOf(model: Signature, { name, shape }: TensorSpec): string {
  if (!isPictureInput(model, name)) return 'FORMAT_NONE';
  const { layout } = model.spec.inputs[name]!.image!;
  if (layout) return `FORMAT_${layout.toUpperCase()}`;
  const isPlanar = shape.at(-3) === 1 || shape.at(-3) === 3;
  return isPlanar ? 'FORMAT_NCHW' : 'FORMAT_NHWC';
}
