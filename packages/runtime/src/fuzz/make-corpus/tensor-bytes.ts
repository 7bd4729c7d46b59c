import type { OipTensor } from '@skerry/contracts';
import { readData } from '../../tensors/read-data.ts';
import { type Datatype, elementCount, newData } from '../../tensors/tensor.ts';
import { writeBinary } from '../../tensors/write-binary.ts';

/** A tensor of a request as binary requests have it. */
export function tensorBytes({ name, datatype, shape, data }: OipTensor): Buffer {
  const target = newData(datatype as Datatype, elementCount(shape));
  readData(name, datatype as Datatype, shape, data, target);
  return Buffer.from(writeBinary(datatype as Datatype, target));
}
