import type { Tensor } from '../../tensors/tensor.ts';
import { writeBinary } from '../../tensors/write-binary.ts';
import { writeData } from '../../tensors/write-data.ts';
import type { Signature } from '../signature.ts';
import type { InferRequest, WireAnswer } from '../wire.ts';

const nothing: readonly Uint8Array[] = [];

/** An answer: JSON (OIP v2, REST), and behind it what was asked for as bytes (extension binary_tensor_data). */
export function writeInferResponse(
  model: Signature,
  { id, wanted, binary }: InferRequest,
  outputs: readonly Tensor[],
): WireAnswer {
  let text = `{"model_name":${JSON.stringify(model.name)},"model_version":${JSON.stringify(model.version)},`;
  if (id !== undefined) text += `"id":${JSON.stringify(id)},`;
  text += '"outputs":[';
  const parts = binary ? [] : nothing;
  for (let i = 0; i < outputs.length; i++) {
    const { datatype, shape, data } = outputs[i]!;
    if (i > 0) text += ',';
    text += `{"name":${JSON.stringify(wanted[i])},"datatype":"${datatype}","shape":[${shape.join(',')}],`;
    if (binary?.[i]) {
      const part = writeBinary(datatype, data);
      (parts as Uint8Array[]).push(part);
      text += `"parameters":{"binary_data_size":${part.length}}}`;
    } else text += `"data":${writeData(datatype, data)}}`;
  }
  return { text: `${text}]}`, binary: parts };
}
