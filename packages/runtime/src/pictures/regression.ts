import type { RegressionOutput } from '@skerry/contracts';
import type { Tensor } from '../tensors/tensor.ts';

/** A number that a model estimates. */
export interface Quantity {
  readonly label?: string;
  readonly value: number;
  readonly unit?: string;
}

/** The numbers of an output, row by row; in a list of numbers without labels each is a row. */
export function quantitiesOf(spec: RegressionOutput, { datatype, shape, data }: Tensor): Quantity[][] {
  const { labels, unit, scale, offset } = spec;
  const each = labels?.length ?? shape.slice(1).reduce((product, size) => product * size, 1);
  const digits = datatype === 'FP32' || datatype === 'FP16' ? 7 : 15;
  const quantityOf = (value: unknown, position: number): Quantity => ({
    ...(labels && { label: labels[position]! }),
    value: Number((Number(value) * scale + offset).toPrecision(digits)),
    ...(unit !== undefined && { unit }),
  });
  return Array.from({ length: Math.floor(data.length / each) }, (_, row) =>
    Array.from({ length: each }, (_, i) => quantityOf(data[row * each + i], i)),
  );
}
