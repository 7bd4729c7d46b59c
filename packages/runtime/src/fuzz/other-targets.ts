import { decodeBody } from '../http/encoding.ts';
import { decode } from '../serving/grpc/schema/codec.ts';
import { inferenceSchema } from '../serving/grpc/schema/inference.ts';
import type { Target } from './target.ts';

const DECODED_LIMIT = 1024 * 1024;

/** A body with a `Content-Encoding`. */
export function encodingTarget(encoding: 'gzip' | 'deflate'): Target {
  return {
    name: `encoding/${encoding}`,
    run: (bytes) =>
      new Promise((resolve, reject) => {
        decodeBody(encoding, bytes, DECODED_LIMIT, (error) => (error ? reject(error) : resolve('decoded')));
      }),
  };
}

/** A message of the gRPC service that is read by its schema. */
export function messageTarget(type: string): Target {
  return {
    name: `message/${type}`,
    run(bytes) {
      decode(inferenceSchema, type, bytes);
      return 'decoded';
    },
  };
}
