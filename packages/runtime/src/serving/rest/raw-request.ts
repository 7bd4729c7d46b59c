import { failure } from '../../errors.ts';
import { readBinary } from '../../tensors/read-binary.ts';
import { elementCount, shapeText, type TensorSpec } from '../../tensors/tensor.ts';
import { widthOf } from '../../tensors/views.ts';
import { allOutputs } from '../request-outputs.ts';
import type { Signature } from '../signature.ts';
import type { InferRequest, Memory } from '../wire.ts';

/**
 * Reads a body without JSON, `Inference-Header-Content-Length: 0`: nothing but the elements of the model's one
 * input. One free axis follows from how many there are; of several, the first is a batch of one. For BYTES the whole
 * body is the one element. Answers are binary too. Throws `InvalidRequest` and `InvalidTensor`.
 */
export function readRawRequest(model: Signature, bytes: Uint8Array, memory: Memory): InferRequest {
  const input = model.inputs[0]!;
  if (model.inputs.length !== 1)
    throw failure(
      'InvalidRequest',
      `a body without JSON is for models with one input; model ${model.name} has ${model.inputs.length}`,
    );
  const shape = shapeOf(model.name, input, bytes.length);
  const data =
    input.datatype === 'BYTES'
      ? [bytes]
      : readBinary(input.name, input.datatype, shape, bytes, (count) => memory(0, count));
  return {
    id: undefined,
    feeds: [{ datatype: input.datatype, shape, data }],
    ...allOutputs(model, true),
    encoded: false,
    results: false,
    priority: 0,
    timeoutUs: 0,
  };
}

function shapeOf(
  model: string,
  { name, datatype, shape }: TensorSpec,
  byteLength: number,
): readonly number[] {
  const isBatched = shape[0] === -1 && shape.indexOf(-1, 1) !== -1;
  const known = isBatched ? [1, ...shape.slice(1)] : shape;
  const free = known.indexOf(-1);
  if (known.indexOf(-1, free + 1) > free && free !== -1) throw tooFree(model, name, shape);
  if (datatype === 'BYTES') {
    const single = known.map((size) => (size === -1 ? 1 : size));
    if (elementCount(single) !== 1) throw tooFree(model, name, shape);
    return single;
  }
  if (free === -1) return known;
  const fixed = known.reduce((product, size) => (size === -1 ? product : product * size), widthOf(datatype));
  return known.with(free, Math.ceil(byteLength / fixed));
}

const tooFree = (model: string, name: string, shape: readonly number[]) =>
  failure(
    'InvalidRequest',
    `a body without JSON does not tell the shape of ${name}, which model ${model} takes as ${shapeText(shape)}; send JSON before the tensor`,
  );
