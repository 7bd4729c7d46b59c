import type { ModelMetadata } from '@skerry/contracts';
import type { ServedModel } from '../../models/served-model.ts';

/** `GET /v2/models/{model}`. */
export function metadataOf({ name, version, inputs, outputs }: ServedModel): ModelMetadata {
  return {
    name,
    versions: [version],
    platform: 'onnxruntime_onnx',
    inputs: [...inputs.map(plain)],
    outputs: outputs.map(plain),
  };
}

const plain = ({ name, datatype, shape }: ServedModel['inputs'][number]) => ({
  name,
  datatype,
  shape: [...shape],
});
