import {
  type BigArray,
  type Datatype,
  elementCount,
  type NumberArray,
  type TensorData,
} from '../../engines/tensor.ts';
import { failure } from '../../errors.ts';

/** Thrown where a number has more digits than JSON.parse keeps: parse again with the digits kept. */
export class InexactInteger extends Error {}

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

// Index of the first element that does not fit, -1 when all do.
type Fill = (target: never, list: readonly unknown[], offset: number) => number;

const FLOAT32_MAX = 3.4028234663852886e38;

function fillFloat32(target: Float32Array, list: readonly unknown[], offset: number): number {
  for (let i = 0; i < list.length; i++) {
    const value = typeof list[i] === 'bigint' ? Number(list[i]) : list[i];
    if (typeof value !== 'number' || value > FLOAT32_MAX || value < -FLOAT32_MAX) return i;
    target[offset + i] = value;
  }
  return -1;
}

function fillFloat(target: Float16Array | Float64Array, list: readonly unknown[], offset: number): number {
  for (let i = 0; i < list.length; i++) {
    const value = typeof list[i] === 'bigint' ? Number(list[i]) : list[i];
    if (typeof value !== 'number') return i;
    target[offset + i] = value;
    if (!Number.isFinite(target[offset + i])) return i;
  }
  return -1;
}

// A fraction, or a number out of range, does not come back as it went in.
function fillInteger(target: NumberArray, list: readonly unknown[], offset: number): number {
  for (let i = 0; i < list.length; i++) {
    const value = list[i];
    if (typeof value !== 'number') return i;
    target[offset + i] = value;
    if (target[offset + i] !== value) return i;
  }
  return -1;
}

function fillInteger64(target: BigArray, list: readonly unknown[], offset: number): number {
  for (let i = 0; i < list.length; i++) {
    const value = toBigInt(list[i]);
    if (value === undefined) return i;
    target[offset + i] = value;
    if (target[offset + i] !== value) return i;
  }
  return -1;
}

function toBigInt(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value !== 'number' || !Number.isInteger(value)) return undefined;
  if (!Number.isSafeInteger(value)) throw new InexactInteger();
  return BigInt(value);
}

function fillBool(target: Uint8Array, list: readonly unknown[], offset: number): number {
  for (let i = 0; i < list.length; i++) {
    const value = list[i];
    if (value !== true && value !== false && value !== 0 && value !== 1) return i;
    target[offset + i] = Number(value);
  }
  return -1;
}

function fillBytes(target: string[], list: readonly unknown[], offset: number): number {
  for (let i = 0; i < list.length; i++) {
    const value = list[i];
    if (typeof value !== 'string') return i;
    target[offset + i] = value;
  }
  return -1;
}

const fillers: Readonly<Record<Datatype, Fill>> = {
  BOOL: fillBool,
  INT8: fillInteger,
  INT16: fillInteger,
  INT32: fillInteger,
  INT64: fillInteger64,
  UINT8: fillInteger,
  UINT16: fillInteger,
  UINT32: fillInteger,
  UINT64: fillInteger64,
  FP16: fillFloat,
  FP32: fillFloat32,
  FP64: fillFloat,
  BYTES: fillBytes,
};

function badElement(name: string, datatype: Datatype, where: string, value: unknown): Error {
  const shown = typeof value === 'object' && value !== null ? kindOf(value) : `${value}`.slice(0, 40);
  return failure('InvalidTensor', `input ${name}: ${where} is ${shown}, which ${datatype} cannot hold`);
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** A tensor's elements as a JSON list, flat; NaN and infinities, which JSON lacks, as null. */
export function writeData(datatype: Datatype, data: TensorData): string {
  if (datatype === 'BYTES') return JSON.stringify(data);
  if (datatype === 'BOOL') return `[${Array.from(data as Uint8Array, (bit) => bit === 1).join(',')}]`;
  const text = (data as NumberArray).join(',');
  return `[${text.includes('N') || text.includes('I') ? text.replaceAll(/NaN|-?Infinity/g, 'null') : text}]`;
}
