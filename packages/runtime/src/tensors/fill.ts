import type { BigArray, Datatype, NumberArray } from './tensor.ts';

/** Thrown where a number has more digits than JSON.parse keeps: parse again with the digits kept. */
export class InexactInteger extends Error {}

// Index of the first element that does not fit, -1 when all do.
export type Fill = (target: never, list: readonly unknown[], offset: number) => number;

const FLOAT32_MAX = 3.4028234663852886e38;

function fillFloat32(target: Float32Array, list: readonly unknown[], offset: number): number {
  for (let i = 0; i < list.length; i++) {
    const value = list[i];
    if (typeof value === 'number' && value <= FLOAT32_MAX && value >= -FLOAT32_MAX)
      target[offset + i] = value;
    else if (!fillUnusual(target, value, offset + i)) return i;
  }
  return -1;
}

function fillFloat(target: Float16Array | Float64Array, list: readonly unknown[], offset: number): number {
  for (let i = 0; i < list.length; i++) {
    const value = list[i];
    if (typeof value === 'number') target[offset + i] = value;
    if (typeof value === 'number' && Number.isFinite(target[offset + i])) continue;
    if (!fillUnusual(target, value, offset + i)) return i;
  }
  return -1;
}

/** As protobuf's JSON writes what JSON has no numbers for. */
const unusual: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

/** Whether the value is one of those, or an integer of many digits that the datatype has room for. */
function fillUnusual(
  target: Float16Array | Float32Array | Float64Array,
  value: unknown,
  at: number,
): boolean {
  if (typeof value === 'string' && Object.hasOwn(unusual, value)) target[at] = unusual[value]!;
  else if (typeof value === 'bigint') target[at] = Number(value);
  else return false;
  return typeof value === 'string' || Number.isFinite(target[at]);
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

/** Copies JSON values into a tensor's data, from `offset` on. */
export const fillers: Readonly<Record<Datatype, Fill>> = {
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
