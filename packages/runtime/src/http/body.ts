import type { IncomingMessage } from 'node:http';
import { failure } from '../errors.ts';

/** From here on a body of announced length gets memory of its own, in which its pieces are put together. */
export const LARGE_BODY = 64 * 1024;

/** `body` lies in an ArrayBuffer that nobody else has, so that it may be given away. */
export type OnBody = (error: unknown, body: Buffer) => void;

/** Where large bodies go. */
export interface Room {
  /** Memory for a body of announced length. Throws why there is none. */
  take(length: number): Buffer;
  /** Told of what comes beyond {@link LARGE_BODY} without having been announced. Throws why that is too much. */
  grow(bytes: number): void;
}

const anyRoom: Room = { take: Buffer.allocUnsafeSlow, grow() {} };

/**
 * Reads a request's body, at most `limit` bytes, and calls `done` once: with all of it, or with `PayloadTooLarge` as
 * soon as there is more. Not called at all when the client goes away first. A callback, since on the way of every
 * inference a promise would cost another turn of the queue. Throws what `room` throws.
 */
export function readBody(
  request: IncomingMessage,
  limit: number,
  done: OnBody,
  announced = lengthOf(request),
  room = anyRoom,
): void {
  if (announced > limit) {
    discardBody(request);
    done(tooLarge(limit), nothing());
  } else if (announced > LARGE_BODY) readLarge(request, room.take(announced), done);
  else readPieces(request, limit, room, done);
}

// Node ends the request only where all bytes came that were announced, and never with more.
function readLarge(request: IncomingMessage, body: Buffer, done: OnBody): void {
  let size = 0;
  request.on('data', (piece: Buffer) => {
    size += piece.copy(body, size);
    free(piece);
  });
  request.on('end', () => done(undefined, body));
}

/** For a request that is refused by its head: what comes of its body is forgotten as it comes. */
export function discardBody(request: IncomingMessage): void {
  request.on('data', free);
}

/**
 * Gives a piece's memory back at once. Node makes each piece of its own; left to the collector, those of a few large
 * bodies are what makes it look through everything.
 */
function free({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

function readPieces(request: IncomingMessage, limit: number, room: Room, done: OnBody): void {
  let first: Buffer | undefined;
  let rest: Buffer[] | undefined;
  let size = 0;
  const onData = (piece: Buffer) => {
    size += piece.length;
    if (size > limit) return refuse(tooLarge(limit));
    if (size > LARGE_BODY && !fits(room, piece.length, refuse)) return;
    if (first === undefined) first = piece;
    else if (rest) rest.push(piece);
    else rest = [first, piece];
  };
  const refuse = (error: unknown) => {
    request.off('data', onData).off('end', onEnd).resume();
    done(error, nothing());
  };
  // Node copies each piece out of what it read, so that even one is nobody else's.
  const onEnd = () => done(undefined, rest ? joined(rest, size) : (first ?? nothing()));
  request.on('data', onData).on('end', onEnd);
}

function fits(room: Room, bytes: number, refuse: (error: unknown) => void): boolean {
  try {
    room.grow(bytes);
    return true;
  } catch (error) {
    refuse(error);
    return false;
  }
}

function joined(pieces: readonly Buffer[], size: number): Buffer {
  const body = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const piece of pieces) at += piece.copy(body, at);
  return body;
}

const lengthOf = ({ headers }: IncomingMessage) => Number(headers['content-length'] ?? 0);

const nothing = () => Buffer.alloc(0);

export const tooLarge = (limit: number) =>
  failure('PayloadTooLarge', `the body is larger than ${limit} bytes, the limit here`, { fields: { limit } });
