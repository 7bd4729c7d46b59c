/// <reference lib="esnext.float16" />

import type { OipDatatype } from '@skerry/contracts';

export type Datatype = OipDatatype;

export type NumberArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Float16Array
  | Float32Array
  | Float64Array;
export type BigArray = BigInt64Array | BigUint64Array;

/** Elements of BYTES: text where JSON brought them or the engine made them, bytes where they came in binary. */
export type BytesArray = string[] | Uint8Array[];

/** Row-major elements: BOOL as 0 and 1, everything else but BYTES as its typed array. */
export type TensorData = NumberArray | BigArray | BytesArray;

export interface Tensor {
  readonly datatype: Datatype;
  /** Empty for a scalar. */
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** What a model says of one input or output. */
export interface TensorSpec {
  readonly name: string;
  readonly datatype: Datatype;
  /** -1 where any size fits. */
  readonly shape: readonly number[];
}

export function newData(datatype: Datatype, count: number): TensorData {
  switch (datatype) {
    case 'BOOL':
    case 'UINT8':
      return new Uint8Array(count);
    case 'INT8':
      return new Int8Array(count);
    case 'INT16':
      return new Int16Array(count);
    case 'INT32':
      return new Int32Array(count);
    case 'INT64':
      return new BigInt64Array(count);
    case 'UINT16':
      return new Uint16Array(count);
    case 'UINT32':
      return new Uint32Array(count);
    case 'UINT64':
      return new BigUint64Array(count);
    case 'FP16':
      return new Float16Array(count);
    case 'FP32':
      return new Float32Array(count);
    case 'FP64':
      return new Float64Array(count);
    case 'BYTES':
      return new Array<string>(count).fill('');
  }
}

/** 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (let i = 0; i < shape.length; i++) count *= shape[i] as number;
  return count;
}

/** As people read it: `[1,16]`, `any` for a free axis. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.map((size) => (size === -1 ? 'any' : size)).join(',')}]`;
}
