import type { BytesArray, Datatype, TensorData } from './tensor.ts';

/** The bytes that {@link readBinary} reads; a view, but for BYTES. */
export function writeBinary(datatype: Datatype, data: TensorData): Uint8Array {
  if (datatype === 'BYTES') return writeBytes(data as BytesArray);
  const { buffer, byteOffset, byteLength } = data as Uint8Array;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function writeBytes(elements: BytesArray): Uint8Array {
  const encoded = Array.from(elements as readonly (string | Uint8Array)[], bytesOf);
  const bytes = new Uint8Array(encoded.reduce((sum, { length }) => sum + 4 + length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const element of encoded) {
    view.setUint32(at, element.length, true);
    bytes.set(element, at + 4);
    at += 4 + element.length;
  }
  return bytes;
}

const bytesOf = (element: string | Uint8Array) =>
  typeof element === 'string' ? Buffer.from(element) : element;
