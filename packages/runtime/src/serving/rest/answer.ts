import type { ServerResponse } from 'node:http';
import { encodeAnswer } from '../../http/encoding.ts';
import { respondPieces, respondText } from '../../http/respond.ts';
import type { Timing, WireAnswer } from '../wire.ts';
import type { ReplyWishes } from './infer-head.ts';

/** From here on a JSON answer is worth being compressed for whoever can read that, in characters. */
const COMPRESSED_FROM = 16 * 1024;

/** Sends the answer to an inference: JSON, and binary tensors behind it where there are some. */
export function respondAnswer(
  response: ServerResponse,
  { text, binary }: WireAnswer,
  wishes: ReplyWishes,
  timing: Timing,
): void {
  const head = binary.length === 0 ? ['Content-Type', 'application/json'] : binaryHead(text);
  if (wishes.timing) head.push('Server-Timing', serverTiming(timing));
  const { encoding } = wishes;
  if (binary.length > 0) respondPieces(response, 200, head, [text, ...binary]);
  else if (encoding === undefined || text.length < COMPRESSED_FROM) respondText(response, 200, head, text);
  else
    encodeAnswer(encoding, text, (bytes) =>
      respondPieces(
        response,
        200,
        [...head, 'Content-Encoding', encoding, 'Vary', 'Accept-Encoding'],
        [bytes],
      ),
    );
}

const binaryHead = (text: string) => [
  'Content-Type',
  'application/octet-stream',
  'Inference-Header-Content-Length',
  String(Buffer.byteLength(text)),
];

/** Where the time went, in ms (W3C Server Timing). */
function serverTiming({ queueUs, inputUs, inferUs, outputUs }: Timing): string {
  return `queue;dur=${ms(queueUs)}, input;dur=${ms(inputUs)}, infer;dur=${ms(inferUs)}, output;dur=${ms(outputUs)}`;
}

const ms = (us: number) => (us / 1000).toFixed(3);
