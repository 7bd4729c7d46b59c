import {
  type BytesArray,
  elementCount,
  type NumberArray,
  newData,
  type Tensor,
  type TensorData,
} from '../tensors/tensor.ts';

/** Rows of a request, by the first axis of its inputs; 0 where they have none in common, so that it must run alone. */
export function rowsOf(feeds: readonly Tensor[]): number {
  const rows = feeds[0]?.shape[0] ?? 0;
  for (let i = 1; i < feeds.length; i++) if (feeds[i]!.shape[0] !== rows) return 0;
  return rows;
}

/** Whether two requests differ in nothing but their rows. */
export function canJoin(some: readonly Tensor[], others: readonly Tensor[]): boolean {
  return some.every((tensor, input) => sameRow(tensor.shape, others[input]!.shape));
}

function sameRow(shape: readonly number[], other: readonly number[]): boolean {
  if (shape.length !== other.length) return false;
  for (let axis = 1; axis < shape.length; axis++) if (shape[axis] !== other[axis]) return false;
  return true;
}

/** One request's feeds behind the other's, along the first axis; copied. */
export function joinFeeds(requests: readonly (readonly Tensor[])[]): Tensor[] {
  return requests[0]!.map((_, input) => joined(requests.map((feeds) => feeds[input]!)));
}

function joined(parts: readonly Tensor[]): Tensor {
  const { datatype, shape } = parts[0]!;
  const rows = parts.reduce((sum, part) => sum + part.shape[0]!, 0);
  const all = [rows, ...shape.slice(1)];
  if (datatype === 'BYTES')
    return { datatype, shape: all, data: parts.flatMap(({ data }) => data as string[]) };
  const data = newData(datatype, elementCount(all)) as NumberArray;
  let at = 0;
  for (const part of parts) {
    data.set(part.data as NumberArray, at);
    at += part.data.length;
  }
  return { datatype, shape: all, data };
}

/** What each request gets of the outputs of all, by the rows of each; copied, since each answer is given away. */
export function splitOutputs(outputs: readonly Tensor[], rows: readonly number[]): Tensor[][] {
  let first = 0;
  return rows.map((count) => {
    const part = outputs.map((output) => rowsFrom(output, first, count));
    first += count;
    return part;
  });
}

function rowsFrom({ datatype, shape, data }: Tensor, first: number, count: number): Tensor {
  const width = elementCount(shape.slice(1));
  const part = (data as NumberArray | BytesArray).slice(first * width, (first + count) * width);
  return { datatype, shape: [count, ...shape.slice(1)], data: part as TensorData };
}
