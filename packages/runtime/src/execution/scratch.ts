import { newData, type TensorData, type TensorSpec } from '../tensors/tensor.ts';

const KEPT_ELEMENTS = 64 * 1024;

/**
 * Memory for a model's inputs, used again by the next request of the same size: handing a fresh array to native
 * code costs more than a small model does. Right only where a request is read, run and answered in one go on one
 * thread, as inline execution does.
 */
export function inputScratch(inputs: readonly TensorSpec[]): (input: number, count: number) => TensorData {
  const kept: (TensorData | undefined)[] = inputs.map(() => undefined);
  return (input, count) => {
    const last = kept[input];
    if (last?.length === count) return last;
    const data = newData(inputs[input]!.datatype, count);
    if (count <= KEPT_ELEMENTS) kept[input] = data;
    return data;
  };
}
