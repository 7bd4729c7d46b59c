import type { BigArray, Datatype, NumberArray } from './tensor.ts';

type FixedArray = NumberArray | BigArray;

interface FixedArrayType {
  readonly BYTES_PER_ELEMENT: number;
  new (memory: ArrayBufferLike, byteOffset: number, length: number): FixedArray;
}

/** Typed arrays by datatype; BYTES has none, since its elements differ in length. */
const arrayTypes: Readonly<Record<Exclude<Datatype, 'BYTES'>, FixedArrayType>> = {
  BOOL: Uint8Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  FP16: Float16Array,
  FP32: Float32Array,
  FP64: Float64Array,
};

/** Bytes of one element. */
export function widthOf(datatype: Exclude<Datatype, 'BYTES'>): number {
  return arrayTypes[datatype].BYTES_PER_ELEMENT;
}

/** Elements that lie in `bytes`, without a copy where their address is a multiple of their width. */
export function viewOf(datatype: Exclude<Datatype, 'BYTES'>, bytes: Uint8Array): FixedArray {
  const ArrayType = arrayTypes[datatype];
  const isAligned = bytes.byteOffset % ArrayType.BYTES_PER_ELEMENT === 0;
  const { buffer, byteOffset } = isAligned ? bytes : Uint8Array.from(bytes);
  return new ArrayType(buffer, byteOffset, bytes.length / ArrayType.BYTES_PER_ELEMENT);
}
