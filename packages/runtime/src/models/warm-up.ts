import type { Session } from '../engines/engine.ts';
import { elementCount, newData, type Tensor, type TensorSpec } from '../tensors/tensor.ts';

/** Elements of an input of zeros, at most: free axes are 1, so only a model of huge fixed inputs has more. */
const MOST_ELEMENTS = 64 * 1024 * 1024;

/**
 * Inputs of zeros, every free axis 1, or as wide as `rows` where it is the first. Undefined where they would be
 * too large to make.
 */
export function zeroFeeds(inputs: readonly TensorSpec[], rows = 1): Tensor[] | undefined {
  const shapes = inputs.map(({ shape }) =>
    shape.map((size, axis) => (size !== -1 ? size : axis === 0 ? rows : 1)),
  );
  if (shapes.some((shape) => elementCount(shape) > MOST_ELEMENTS)) return undefined;
  return inputs.map(({ datatype }, at) => {
    const shape = shapes[at]!;
    return { datatype, shape, data: zeros(datatype, elementCount(shape)) };
  });
}

function zeros(datatype: Tensor['datatype'], count: number): Tensor['data'] {
  const data = newData(datatype, count);
  return datatype === 'BYTES' ? (data as string[]).fill('') : data;
}

/** Runs a model once on zeros, so that its first request does not pay for what it does only once. A model that refuses zeros is none the worse. */
export function warmUp(session: Session): void {
  const feeds = zeroFeeds(session.inputs);
  if (!feeds) return;
  try {
    session.run(
      feeds,
      session.outputs.map(({ name }) => name),
    );
  } catch {
    // Zeros may be what this model cannot take: an index out of range, a division. Requests tell.
  }
}
