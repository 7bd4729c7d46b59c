import { PbfWriter } from 'pbf';
import { asBuffer } from './proto-reader.ts';

/** `ModelStreamInferResponse` around a `ModelInferResponse`. */
export function streamResponse(response: Buffer): Buffer {
  const writer = new PbfWriter(Buffer.allocUnsafe(response.length + 16));
  writer.writeBytesField(2, response);
  return asBuffer(writer.finish());
}

/** `ModelStreamInferResponse` of a request that failed. */
export function streamError(text: string): Buffer {
  const writer = new PbfWriter();
  writer.writeStringField(1, text);
  return asBuffer(writer.finish());
}
