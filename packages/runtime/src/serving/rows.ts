import {
  type BytesArray,
  elementCount,
  type NumberArray,
  newData,
  type Tensor,
  type TensorData,
  type TensorSpec,
} from '../tensors/tensor.ts';
import type { Memory } from './wire.ts';

/** Memory in which requests lie behind one another as rows of one. */
export interface Rows {
  readonly count: number;
  /** For the inputs of the next request. */
  readonly memory: Memory;
  /** Keeps what was written there. How many rows that are; 0, and nothing is kept, where they are no rows to go with others. */
  add(feeds: readonly Tensor[]): number;
  /** Of all that was added, or a part of it. */
  feeds(first: number, count: number): Tensor[];
  clear(): void;
}

/** Whether the first axis of a tensor is free and nothing else is, as that of rows is. */
export const isRows = ({ datatype, shape }: TensorSpec) =>
  datatype !== 'BYTES' && shape[0] === -1 && shape.indexOf(-1, 1) === -1;

/** @param inputs  all of them rows */
export function rowsFor(inputs: readonly TensorSpec[], most: number): Rows {
  const widths = inputs.map(({ shape }) => elementCount(shape.slice(1)));
  const all = inputs.map(({ datatype }, input) => newData(datatype, most * widths[input]!) as NumberArray);
  let rows = 0;
  return {
    get count() {
      return rows;
    },
    memory(input, count) {
      const at = rows * widths[input]!;
      const fits = at + count <= all[input]!.length;
      return fits
        ? (all[input]!.subarray(at, at + count) as TensorData)
        : newData(inputs[input]!.datatype, count);
    },
    add(feeds) {
      const added = feeds[0]?.shape[0] ?? 0;
      const isHere = ({ shape, data }: Tensor, input: number) =>
        shape[0] === added && (data as NumberArray).buffer === all[input]!.buffer;
      if (!feeds.every(isHere)) return 0;
      rows += added;
      return added;
    },
    feeds: (first, count) =>
      inputs.map(({ datatype, shape }, input) => {
        const [from, to] = [first * widths[input]!, (first + count) * widths[input]!];
        const data = all[input]!.subarray(from, to) as TensorData;
        return { datatype, shape: [count, ...shape.slice(1)], data };
      }),
    clear() {
      rows = 0;
    },
  };
}

/** Some rows of a tensor, as a view. */
export function rowsOf({ datatype, shape, data }: Tensor, first: number, count: number): Tensor {
  const width = elementCount(shape.slice(1));
  const [from, to] = [first * width, (first + count) * width];
  const part =
    datatype === 'BYTES' ? (data as BytesArray).slice(from, to) : (data as NumberArray).subarray(from, to);
  return { datatype, shape: [count, ...shape.slice(1)], data: part as TensorData };
}
