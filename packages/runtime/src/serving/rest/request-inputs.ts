import { failure } from '../../errors.ts';
import { readBinary } from '../../tensors/read-binary.ts';
import { readData } from '../../tensors/read-data.ts';
import {
  elementCount,
  newData,
  shapeText,
  type Tensor,
  type TensorData,
  type TensorSpec,
} from '../../tensors/tensor.ts';
import { countIn, type Fields, isFields, parametersOf, refuseSharedMemory } from '../fields.ts';
import { inputSlot, type Signature } from '../signature.ts';
import type { Memory } from '../wire.ts';

/** What reading inputs needs to know, and how far it has come. */
export interface InputReader {
  readonly model: Signature;
  readonly memory: Memory;
  /** The whole body: JSON, then binary tensors. */
  readonly body: Uint8Array;
  /** Where the next binary tensor begins. */
  binaryAt: number;
  /** Whether an input so far holds encoded pictures. */
  encoded: boolean;
}

/** Reads one of `inputs` into its place among `feeds`. Throws `InvalidRequest` and `InvalidTensor`. */
export function readInput(
  reader: InputReader,
  input: unknown,
  at: number,
  feeds: (Tensor | undefined)[],
): void {
  if (!isFields(input) || typeof input.name !== 'string')
    throw failure('InvalidRequest', `inputs[${at}] must be an object with name, shape, datatype and data`);
  const { name, shape } = input;
  if (!isShape(shape))
    throw failure('InvalidTensor', `input ${name}: shape must be a list of sizes, such as [1,16]`);
  const slot = inputSlot(reader.model, name, input.datatype, shape);
  if (feeds[slot]) throw failure('InvalidTensor', `input ${name} is given twice`);
  checkCount(name, shape, reader.body.length);
  const spec = reader.model.inputs[slot]!;
  if (input.datatype === spec.datatype)
    feeds[slot] = { datatype: spec.datatype, shape, data: readElements(reader, spec, shape, input, slot) };
  else {
    reader.encoded = true;
    feeds[slot] = { datatype: 'BYTES', shape, data: readElements(reader, picturesOf(spec), shape, input) };
  }
}

const picturesOf = ({ name, shape }: TensorSpec): TensorSpec => ({ name, shape, datatype: 'BYTES' });

/** `slot` is left out for what does not go into the model as it is. */
function readElements(
  reader: InputReader,
  { name, datatype }: TensorSpec,
  shape: readonly number[],
  input: Fields,
  slot?: number,
): TensorData {
  const memory = (count: number) =>
    slot === undefined ? newData(datatype, count) : reader.memory(slot, count);
  const bytes = input.parameters === undefined ? undefined : binaryPart(reader, name, input);
  if (bytes) return readBinary(name, datatype, shape, bytes, memory);
  if (input.data === undefined) throw failure('InvalidTensor', `input ${name}: data is missing`);
  const target = memory(elementCount(shape));
  readData(name, datatype, shape, input.data, target);
  return target;
}

/** The next bytes behind the JSON, where that is where the input is. */
function binaryPart(reader: InputReader, name: string, input: Fields): Uint8Array | undefined {
  const whose = `input ${name}`;
  const parameters = parametersOf(whose, input);
  refuseSharedMemory(whose, parameters);
  const size = countIn(whose, parameters, 'binary_data_size');
  if (size === undefined) return undefined;
  if (input.data !== undefined)
    throw failure('InvalidTensor', `${whose} has data and binary_data_size; it must have one of them`);
  const { body, binaryAt } = reader;
  const left = body.length - binaryAt;
  if (size > left)
    throw failure(
      'InvalidTensor',
      `${whose}: binary_data_size is ${size}, but ${left} bytes are left in the body`,
    );
  reader.binaryAt = binaryAt + size;
  return body.subarray(binaryAt, binaryAt + size);
}

// Memory follows what the body can hold (an element takes a byte at least), never what a shape promises.
function checkCount(name: string, shape: readonly number[], bodyBytes: number): void {
  const count = elementCount(shape);
  if (!(count <= bodyBytes))
    throw failure(
      'InvalidTensor',
      `input ${name}: shape ${shapeText(shape)} has ${count} elements, more than the body holds`,
    );
}

function isShape(shape: unknown): shape is number[] {
  if (!Array.isArray(shape)) return false;
  for (let i = 0; i < shape.length; i++)
    if (!Number.isSafeInteger(shape[i]) || (shape[i] as number) < 0) return false;
  return true;
}
