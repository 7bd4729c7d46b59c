import { type Datatype, elementCount, newData, type Tensor, type TensorSpec } from '../tensors/tensor.ts';

/** What a model with these inputs accepts: free axes of size 1, the first of `rows`; values that differ by element and seed. */
export function sampleFeeds(inputs: readonly TensorSpec[], rows: number, seed = 0): Tensor[] {
  return inputs.map(({ datatype, shape: wanted }) => {
    const shape = wanted.map((size, axis) => (size !== -1 ? size : axis === 0 ? rows : 1));
    const data = newData(datatype, elementCount(shape));
    const list = data as { [at: number]: unknown; length: number };
    for (let at = 0; at < list.length; at++) list[at] = sampleOf(datatype, (at * 7 + seed * 13) % 29);
    return { datatype, shape, data };
  });
}

// Integers are often indexes, of which a model has two at least.
function sampleOf(datatype: Datatype, step: number): unknown {
  if (datatype === 'BYTES') return `text ${step}`;
  if (datatype.startsWith('FP')) return step / 29;
  return datatype.endsWith('INT64') ? BigInt(step % 2) : step % 2;
}
