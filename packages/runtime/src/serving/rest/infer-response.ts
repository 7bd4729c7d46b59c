import type { Tensor } from '../../tensors/tensor.ts';
import { writeData } from '../../tensors/write-data.ts';
import type { Signature } from '../signature.ts';
import type { InferRequest } from '../wire.ts';

/** The JSON body of an answer (OIP v2, REST). */
export function writeInferResponse(
  model: Signature,
  { id, wanted }: InferRequest,
  outputs: readonly Tensor[],
): string {
  let text = `{"model_name":${JSON.stringify(model.name)},"model_version":${JSON.stringify(model.version)},`;
  if (id !== undefined) text += `"id":${JSON.stringify(id)},`;
  text += '"outputs":[';
  for (let i = 0; i < outputs.length; i++) {
    const { datatype, shape, data } = outputs[i]!;
    if (i > 0) text += ',';
    text += `{"name":${JSON.stringify(wanted[i])},"datatype":"${datatype}","shape":[${shape.join(',')}],`;
    text += `"data":${writeData(datatype, data)}}`;
  }
  return `${text}]}`;
}
