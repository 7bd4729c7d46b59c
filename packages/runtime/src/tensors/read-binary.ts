import { failure } from '../errors.ts';
import { type BytesArray, type Datatype, elementCount, shapeText, type TensorData } from './tensor.ts';
import { viewOf, widthOf } from './views.ts';

/** Up to here a copy into memory that the engine has seen before is cheaper than showing it new memory. */
const COPIED_BYTES = 16 * 1024;

const LENGTH_BYTES = 4;

/**
 * A tensor's elements out of `bytes`: little-endian, row-major, each of BYTES behind its length as a 32-bit number
 * (OIP v2, binary tensor data extension). Large ones are views, so `bytes` must stay as it is while they are used;
 * small ones are copied into what `memory` gives. Throws `InvalidTensor`.
 */
export function readBinary(
  name: string,
  datatype: Datatype,
  shape: readonly number[],
  bytes: Uint8Array,
  memory: (count: number) => TensorData,
): TensorData {
  const count = elementCount(shape);
  if (datatype === 'BYTES') return readBytes(name, count, bytes);
  const width = widthOf(datatype);
  if (count * width !== bytes.length)
    throw failure(
      'InvalidTensor',
      `input ${name}: shape ${shapeText(shape)} of ${datatype} takes ${count * width} bytes, but there are ${bytes.length}`,
    );
  if (datatype === 'BOOL') checkBools(name, bytes);
  return bytes.length > COPIED_BYTES ? viewOf(datatype, bytes) : copied(bytes, memory(count));
}

function copied(bytes: Uint8Array, target: TensorData): TensorData {
  const { buffer, byteOffset } = target as Uint8Array;
  new Uint8Array(buffer, byteOffset, bytes.length).set(bytes);
  return target;
}

function checkBools(name: string, bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++)
    if (bytes[i]! > 1)
      throw failure('InvalidTensor', `input ${name}: byte ${i} is ${bytes[i]}; a BOOL is 0 or 1`);
}

function readBytes(name: string, count: number, bytes: Uint8Array): BytesArray {
  const elements: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const start = at + LENGTH_BYTES;
    if (start > bytes.length) throw otherCount(name, count, String(i));
    at = start + view.getUint32(at, true);
    if (at > bytes.length)
      throw failure('InvalidTensor', `input ${name}: element ${i} reaches past the end of its bytes`);
    elements.push(bytes.subarray(start, at));
  }
  if (at !== bytes.length) throw otherCount(name, count, `more than ${count}`);
  return elements;
}

const otherCount = (name: string, count: number, found: string) =>
  failure('InvalidTensor', `input ${name}: its shape has ${count} elements, but its bytes hold ${found}`);
