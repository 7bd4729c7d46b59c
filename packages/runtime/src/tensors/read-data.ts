import { failure } from '../errors.ts';
import { type Fill, fillers } from './fill.ts';
import { kindOf, shown } from './shown.ts';
import { type Datatype, elementCount, type TensorData } from './tensor.ts';

/**
 * Writes a tensor's `data` member into `target`, which has room for `shape`. Takes nested lists as well as flat
 * ones (row-major), and a bare value for a scalar. Throws `InvalidTensor`.
 */
export function readData(
  name: string,
  datatype: Datatype,
  shape: readonly number[],
  data: unknown,
  target: TensorData,
): void {
  const list = shape.length === 0 && !Array.isArray(data) ? [data] : data;
  if (!Array.isArray(list))
    throw failure('InvalidTensor', `input ${name}: data must be a list, not ${kindOf(data)}`);
  const fill = fillers[datatype];
  const isNested = shape.length > 1 && Array.isArray(list[0]);
  if (isNested) readNested(name, datatype, shape, 0, list, target, 0);
  else readFlat(name, datatype, shape, list, target, fill);
}

function readFlat(
  name: string,
  datatype: Datatype,
  shape: readonly number[],
  list: readonly unknown[],
  target: TensorData,
  fill: Fill,
): void {
  if (list.length !== target.length)
    throw failure(
      'InvalidTensor',
      `input ${name}: shape [${shape.join(',')}] has ${target.length} elements, but data has ${list.length}`,
    );
  const bad = fill(target as never, list, 0);
  if (bad !== -1) throw badElement(name, datatype, `data[${bad}]`, list[bad]);
}

function readNested(
  name: string,
  datatype: Datatype,
  shape: readonly number[],
  axis: number,
  list: unknown,
  target: TensorData,
  offset: number,
): void {
  const size = shape[axis]!;
  if (!Array.isArray(list) || list.length !== size)
    throw failure(
      'InvalidTensor',
      `input ${name}: data must have lists of ${size} at depth ${axis + 1}, as shape [${shape.join(',')}] says; ` +
        `found ${Array.isArray(list) ? `one of ${list.length}` : kindOf(list)}`,
    );
  if (axis === shape.length - 1) {
    const bad = fillers[datatype](target as never, list, offset);
    if (bad !== -1) throw badElement(name, datatype, `data, element ${offset + bad}`, list[bad]);
    return;
  }
  const step = elementCount(shape.slice(axis + 1));
  for (let i = 0; i < size; i++)
    readNested(name, datatype, shape, axis + 1, list[i], target, offset + i * step);
}

function badElement(name: string, datatype: Datatype, where: string, value: unknown): Error {
  return failure(
    'InvalidTensor',
    `input ${name}: ${where} is ${shown(value)}, which ${datatype} cannot hold`,
  );
}
