import { failure } from '../../errors.ts';
import {
  type BigArray,
  type Datatype,
  elementCount,
  type NumberArray,
  shapeText,
  type TensorData,
} from '../../tensors/tensor.ts';
import { type ProtoReader, wireType } from './proto-reader.ts';

/** Fields of `InferTensorContents` that elements of a datatype stand in; FP16 has none. */
const fieldOf: Readonly<Partial<Record<Datatype, number>>> = {
  BOOL: 1,
  INT8: 2,
  INT16: 2,
  INT32: 2,
  INT64: 3,
  UINT8: 4,
  UINT16: 4,
  UINT32: 4,
  UINT64: 5,
  FP32: 6,
  FP64: 7,
  BYTES: 8,
};

/**
 * The elements in an `InferTensorContents`, whose lists may be packed or not. Throws `InvalidRequest` and
 * `InvalidTensor`.
 */
export function readContents(
  name: string,
  datatype: Datatype,
  shape: readonly number[],
  reader: ProtoReader,
  memory: (count: number) => TensorData,
): TensorData {
  const field = fieldOf[datatype];
  if (field === undefined)
    throw failure('InvalidTensor', `input ${name}: ${datatype} can only be sent in raw_input_contents`);
  const count = elementCount(shape);
  // An element takes a byte at least: memory follows what came, never what a shape promises.
  if (!(count <= reader.end - reader.at)) throw otherCount(name, shape, `at most ${reader.end - reader.at}`);
  const target = memory(count);
  let filled = 0;
  while (reader.next()) {
    if (reader.field !== field)
      throw failure(
        'InvalidTensor',
        `input ${name}: contents of ${datatype} do not go into field ${reader.field}`,
      );
    filled =
      datatype === 'BYTES'
        ? readBytes(reader, target, filled)
        : readField(name, datatype, reader, target, filled);
  }
  if (filled !== count) throw otherCount(name, shape, filled > count ? 'more' : String(filled));
  return target;
}

const otherCount = (name: string, shape: readonly number[], found: string) =>
  failure(
    'InvalidTensor',
    `input ${name}: shape ${shapeText(shape)} has ${elementCount(shape)} elements, but contents has ${found}`,
  );

function readBytes(reader: ProtoReader, target: TensorData, at: number): number {
  const view = reader.view();
  if (at < target.length) (target as Uint8Array[])[at] = view;
  return at + 1;
}

/** One element, or a packed run of them. How many `target` would have then. */
function readField(
  name: string,
  datatype: Datatype,
  reader: ProtoReader,
  target: TensorData,
  filled: number,
): number {
  const read = readers[datatype as keyof typeof readers];
  if (reader.type !== wireType.length) {
    reader.expect(read.type);
    if (filled >= target.length) reader.skip();
    else read.element(reader, target as never, filled, name);
    return filled + 1;
  }
  const packed = reader.message();
  let at = filled;
  for (; packed.at < packed.end && at < target.length; at++) read.element(packed, target as never, at, name);
  return packed.at < packed.end ? target.length + 1 : at;
}

interface ElementReader {
  readonly type: number;
  element(reader: ProtoReader, target: never, at: number, name: string): void;
}

const readers: Readonly<Record<Exclude<Datatype, 'BYTES' | 'FP16'>, ElementReader>> = {
  BOOL: { type: wireType.varint, element: readBool },
  INT8: { type: wireType.varint, element: readInteger },
  INT16: { type: wireType.varint, element: readInteger },
  INT32: { type: wireType.varint, element: readInteger },
  INT64: { type: wireType.varint, element: readInteger64 },
  UINT8: { type: wireType.varint, element: readInteger },
  UINT16: { type: wireType.varint, element: readInteger },
  UINT32: { type: wireType.varint, element: readInteger },
  UINT64: { type: wireType.varint, element: readInteger64 },
  FP32: {
    type: wireType.fixed32,
    element(reader, target: Float32Array, at) {
      target[at] = reader.bytes.readFloatLE(reader.take(4));
    },
  },
  FP64: {
    type: wireType.fixed64,
    element(reader, target: Float64Array, at) {
      target[at] = reader.bytes.readDoubleLE(reader.take(8));
    },
  },
};

function readBool(reader: ProtoReader, target: Uint8Array, at: number): void {
  target[at] = reader.varint() === 0 ? 0 : 1;
}

function readInteger(reader: ProtoReader, target: NumberArray, at: number, name: string): void {
  const value = reader.int();
  target[at] = value;
  if (target[at] !== value)
    throw failure(
      'InvalidTensor',
      `input ${name}: element ${at} is ${value}, which its datatype cannot hold`,
    );
}

function readInteger64(reader: ProtoReader, target: BigArray, at: number): void {
  target[at] = reader.varint64();
}
