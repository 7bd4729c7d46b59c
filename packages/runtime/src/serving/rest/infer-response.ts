import type { Placement } from '../../pictures/placement.ts';
import { resultsOf } from '../../pictures/results.ts';
import type { Tensor } from '../../tensors/tensor.ts';
import { writeBinary } from '../../tensors/write-binary.ts';
import { writeData } from '../../tensors/write-data.ts';
import { classified } from '../classified.ts';
import type { Signature } from '../signature.ts';
import type { InferRequest, WireAnswer } from '../wire.ts';

/**
 * An answer: JSON (OIP v2, REST), and behind it what was asked for as bytes (extension binary_tensor_data). What the
 * outputs mean stands in a member of its own, `results`. Throws what {@link resultsOf} throws.
 */
export function writeInferResponse(
  model: Signature,
  request: InferRequest,
  outputs: readonly Tensor[],
  placements?: readonly Placement[],
): WireAnswer {
  const { id, wanted, results, resultsOnly } = request;
  const binary: Uint8Array[] = [];
  let text = `{"model_name":${JSON.stringify(model.name)},"model_version":${JSON.stringify(model.version)},`;
  if (id !== undefined) text += `"id":${JSON.stringify(id)},`;
  if (results) text += `"results":${JSON.stringify(resultsOf(model, wanted, outputs, placements))},`;
  text += '"outputs":[';
  if (!resultsOnly) text += outputsText(request, classified(model, request, outputs), binary);
  return { text: `${text}]}`, binary };
}

/** The list's inside; bytes are put into `binary`. */
function outputsText(
  { wanted, binary: asBytes }: InferRequest,
  outputs: readonly Tensor[],
  binary: Uint8Array[],
): string {
  let text = '';
  for (let i = 0; i < outputs.length; i++) {
    const { datatype, shape, data } = outputs[i]!;
    if (i > 0) text += ',';
    text += `{"name":${JSON.stringify(wanted[i])},"datatype":"${datatype}","shape":[${shape.join(',')}],`;
    if (asBytes?.[i]) {
      const bytes = writeBinary(datatype, data);
      binary.push(bytes);
      text += `"parameters":{"binary_data_size":${bytes.length}}}`;
    } else text += `"data":${writeData(datatype, data)}}`;
  }
  return text;
}
