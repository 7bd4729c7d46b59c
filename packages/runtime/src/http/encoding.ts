import { constants, deflate, gunzip, gzip, inflate } from 'node:zlib';
import { failure } from '../errors.ts';
import { type OnBody, tooLarge } from './body.ts';

type Decode = typeof gunzip;

/** Encodings of a request's body (RFC 9110 §8.4.1), and what undoes them. */
const decoders = new Map<string, Decode>([
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  ['deflate', inflate],
]);

/** Whether a body with this `Content-Encoding` has to be decoded. Throws `UnsupportedMediaType` where it cannot be. */
export function isEncoded(encoding: string | undefined): encoding is string {
  if (encoding === undefined || encoding === '' || encoding.toLowerCase() === 'identity') return false;
  if (decoders.has(encoding.toLowerCase())) return true;
  throw failure(
    'UnsupportedMediaType',
    `bodies encoded as ${encoding.slice(0, 40)} are not read here; send gzip, deflate or the body as it is`,
  );
}

/**
 * Undoes an encoding, on a thread of the pool. `done` gets `PayloadTooLarge` as soon as more than `limit` bytes came
 * out, however few went in, and `InvalidRequest` for what is not so encoded.
 */
export function decodeBody(encoding: string, body: Buffer, limit: number, done: OnBody): void {
  const decode = decoders.get(encoding.toLowerCase())!;
  decode(body, { maxOutputLength: limit }, (error, decoded) => {
    if (!error) done(undefined, decoded);
    else done(decodingFailure(encoding, limit, error), body);
  });
}

function decodingFailure(encoding: string, limit: number, cause: NodeJS.ErrnoException): Error {
  if (cause.code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(limit);
  return failure(
    'InvalidRequest',
    `the body is not ${encoding}, as its Content-Encoding says: ${cause.message}`,
    {
      cause,
    },
  );
}

export type AnswerEncoding = 'gzip' | 'deflate';

/** The encoding for an answer that `Accept-Encoding` allows (RFC 9110 §12.5.3); undefined to send it as it is. */
export function acceptedEncoding(acceptEncoding: string): AnswerEncoding | undefined {
  const accepted = acceptEncoding.toLowerCase().split(',').map(codingOf);
  const isAccepted = (name: string) => accepted.some(([coding, weight]) => coding === name && weight > 0);
  if (isAccepted('gzip')) return 'gzip';
  return isAccepted('deflate') ? 'deflate' : undefined;
}

function codingOf(part: string): readonly [name: string, weight: number] {
  const [name = '', ...parameters] = part.split(';').map((word) => word.trim());
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  return [name, weight === undefined ? 1 : Number(weight.slice(2))];
}

/** Encodes on a thread of the pool. A text of JSON loses nine tenths of its length at the quickest level already. */
export function encodeAnswer(
  encoding: AnswerEncoding,
  text: string,
  done: (bytes: Uint8Array) => void,
): void {
  const encode = encoding === 'gzip' ? gzip : deflate;
  encode(text, { level: constants.Z_BEST_SPEED }, (error, bytes) => {
    // Nothing about a text can fail but memory, which nobody can answer for.
    if (error) throw error;
    done(bytes);
  });
}
