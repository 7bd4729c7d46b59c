import type { ModelMetadata } from '@skerry/contracts';
import type { ModelTable } from '../models/model-table.ts';
import type { TensorSpec } from '../tensors/tensor.ts';
import { versionsOf } from './versions.ts';

/** What the protocol's extensions are called that this server has, as its metadata names them. */
export const extensions = [
  'binary_tensor_data',
  'classification',
  'schedule_policy',
  'model_repository',
  'model_configuration',
  'statistics',
] as const;

/** What a model takes and gives (OIP v2, model metadata). Throws what {@link ModelTable.find} throws. */
export function metadataOf(models: ModelTable, name: string, version?: string): ModelMetadata {
  const { inputs, outputs } = models.find(name, version);
  return {
    name,
    versions: versionsOf(models, name),
    platform: 'onnxruntime_onnx',
    inputs: inputs.map(plain),
    outputs: outputs.map(plain),
  };
}

const plain = ({ name, datatype, shape }: TensorSpec) => ({ name, datatype, shape: [...shape] });
