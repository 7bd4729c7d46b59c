import type { Datatype } from '../tensors/tensor.ts';

/** Element types of onnx.proto's TensorProto.DataType, by number. */
export const datatypeOf: Readonly<Record<number, Datatype>> = {
  1: 'FP32',
  2: 'UINT8',
  3: 'INT8',
  4: 'UINT16',
  5: 'INT16',
  6: 'INT32',
  7: 'INT64',
  8: 'BYTES',
  9: 'BOOL',
  10: 'FP16',
  11: 'FP64',
  12: 'UINT32',
  13: 'UINT64',
};

/** The engine's own names. */
export const nativeType: Readonly<Record<Datatype, string>> = {
  BOOL: 'bool',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  FP16: 'float16',
  FP32: 'float32',
  FP64: 'float64',
  BYTES: 'string',
};

export const datatypeByNative = Object.fromEntries(
  Object.entries(nativeType).map(([datatype, type]) => [type, datatype]),
) as Readonly<Record<string, Datatype>>;
