import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { failure } from '../errors.ts';
import { readBody } from './body.ts';
import { nestsDeeperThan } from './json-depth.ts';

/** Lists and objects in each other, at most; no tensor has that many axes. */
export const MAX_DEPTH = 128;

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

/** The text of a JSON body. Throws `InvalidRequest` when it is no UTF-8 or nests too deep. */
export function jsonText(bytes: Uint8Array): string {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (nestsDeeperThan(MAX_DEPTH, body))
    throw failure('InvalidRequest', `the body nests lists or objects deeper than ${MAX_DEPTH} levels`);
  if (!isUtf8(body)) throw failure('InvalidRequest', 'the body is not valid UTF-8');
  return body.toString();
}

/** Throws `InvalidRequest` with the place of the fault. */
export function parseJson(text: string, reviver?: Reviver): unknown {
  try {
    return JSON.parse(text, reviver as Parameters<typeof JSON.parse>[1]);
  } catch (cause) {
    throw failure('InvalidRequest', `the body is not JSON: ${(cause as Error).message}`, { cause });
  }
}

/** A request's body as JSON; an empty one is an empty object. */
export function readJson(request: IncomingMessage, limit: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    readBody(request, limit, (error, body) => {
      if (error) return reject(error);
      try {
        resolve(body.length === 0 ? {} : parseJson(jsonText(body)));
      } catch (failed) {
        reject(failed);
      }
    });
  });
}
