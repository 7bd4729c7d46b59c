import type { OipRequest } from '@skerry/contracts';
import { type Datatype, elementCount, type TensorSpec } from '../tensors/tensor.ts';

/** A body that a model with these inputs accepts: every free axis has size 1, every element is an ordinary value. */
export function sampleBody(inputs: readonly TensorSpec[]): OipRequest {
  return {
    inputs: inputs.map(({ name, datatype, shape: wanted }) => {
      const shape = wanted.map((size) => (size === -1 ? 1 : size));
      return { name, shape, datatype, data: new Array(elementCount(shape)).fill(sampleElement(datatype)) };
    }),
  };
}

// Integers are often indexes, and 0 is one everywhere.
function sampleElement(datatype: Datatype): unknown {
  if (datatype === 'BYTES') return 'text';
  if (datatype === 'BOOL') return true;
  return datatype.startsWith('FP') ? 0.5 : 0;
}
