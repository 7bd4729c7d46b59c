import type { ServerResponse } from 'node:http';
import { respond, respondPieces } from '../../http/respond.ts';
import type { WireAnswer } from '../wire.ts';

/** Sends the answer to an inference: JSON, and binary tensors behind it where there are some. */
export function respondAnswer(response: ServerResponse, { text, binary }: WireAnswer): void {
  if (binary.length === 0) respond(response, 200, 'application/json', text);
  else respondPieces(response, 200, binaryHead(text), [text, ...binary]);
}

const binaryHead = (text: string) => [
  'Content-Type',
  'application/octet-stream',
  'Inference-Header-Content-Length',
  String(Buffer.byteLength(text)),
];
