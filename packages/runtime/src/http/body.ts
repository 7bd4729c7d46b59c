import type { IncomingMessage } from 'node:http';
import { failure } from '../errors.ts';

/**
 * Reads a request's body, at most `limit` bytes; `done` gets it in one piece, or `PayloadTooLarge` as soon as
 * there is more. Not called at all when the client goes away first. A callback, since on the way of every
 * inference a promise would cost another turn of the queue.
 */
export function readBody(
  request: IncomingMessage,
  limit: number,
  done: (error: unknown, body: Buffer) => void,
): void {
  let first: Buffer | undefined;
  let rest: Buffer[] | undefined;
  let size = 0;
  const onData = (chunk: Buffer) => {
    size += chunk.length;
    if (size > limit) return refuse();
    if (first === undefined) first = chunk;
    else if (rest) rest.push(chunk);
    else rest = [first, chunk];
  };
  const refuse = () => {
    request.off('data', onData).off('end', onEnd).resume();
    done(tooLarge(limit), empty);
  };
  const onEnd = () => done(undefined, rest ? Buffer.concat(rest, size) : (first ?? empty));
  if (Number(request.headers['content-length']) > limit) refuse();
  else request.on('data', onData).on('end', onEnd);
}

const empty = Buffer.alloc(0);

const tooLarge = (limit: number) =>
  failure('PayloadTooLarge', `the body is larger than ${limit} bytes, the limit here`, { fields: { limit } });
