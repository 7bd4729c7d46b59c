import { classTensor } from '../pictures/class-strings.ts';
import type { Tensor } from '../tensors/tensor.ts';
import type { Signature } from './signature.ts';
import type { InferRequest } from './wire.ts';

/** The outputs as they were asked for: some by their highest classes instead (Triton's extension `classification`). */
export function classified(
  { spec }: Pick<Signature, 'spec'>,
  { wanted, classes }: Pick<InferRequest, 'wanted' | 'classes'>,
  outputs: readonly Tensor[],
): readonly Tensor[] {
  if (!classes) return outputs;
  return outputs.map((output, at) => {
    if (!classes[at]) return output;
    const labels = spec.outputs[wanted[at]!]?.classification?.labels ?? [];
    return classTensor(labels, output, classes[at]);
  });
}
