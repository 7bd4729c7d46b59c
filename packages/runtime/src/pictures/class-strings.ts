import { highest } from '../models/classification.ts';
import type { Datatype, Tensor } from '../tensors/tensor.ts';

/**
 * The answer of Triton's extension `classification`: BYTES of shape `[batch, min(most, classes)]`, each
 * `value:index` or `value:index:label`, the highest value first. A tensor with one axis is a batch of one.
 */
export function classTensor(
  labels: readonly string[],
  { datatype, shape, data }: Tensor,
  most: number,
): Tensor {
  const rows = shape.length > 1 ? shape[0]! : 1;
  const each = rows === 0 ? 0 : data.length / rows;
  const scores = data as Float32Array;
  const texts = Array.from({ length: rows }, (_, row) =>
    classStrings(labels, scores.subarray(row * each, (row + 1) * each), datatype, most),
  );
  return { datatype: 'BYTES', shape: [rows, Math.min(most, each)], data: texts.flat() };
}

/** The highest values of one row, as Triton writes them: floats with six decimals. */
export function classStrings(
  labels: readonly string[],
  scores: ArrayLike<number | bigint>,
  datatype: Datatype,
  most: number,
): string[] {
  const isFloat = datatype.startsWith('FP');
  return highest(scores, most).map((index) => {
    const value = isFloat ? fixed(Number(scores[index])) : String(scores[index]);
    const label = labels[index];
    return label ? `${value}:${index}:${label}` : `${value}:${index}`;
  });
}

// As C's %f: toFixed alone turns to exponents at 1e21.
function fixed(value: number): string {
  if (Number.isFinite(value)) return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
}
