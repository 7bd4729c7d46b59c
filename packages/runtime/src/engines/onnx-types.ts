import type { Datatype } from '../tensors/tensor.ts';

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
