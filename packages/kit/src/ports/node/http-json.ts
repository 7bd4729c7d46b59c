import type { IncomingMessage, ServerResponse } from 'node:http';
import { SkerryError, toSkerryError } from '../../errors.ts';
import type { Logger } from '../logger.ts';

/**
 * The JSON body of a request, undefined when it has none. Only `application/json`: a page in a browser can send
 * other types to a local port without being asked whether it may.
 */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const text = await readText(request, maxBytes);
  if (text === '') return undefined;
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(request.headers['content-type'] ?? '')) throw wrongType();
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalidJson(cause);
  }
}

async function readText(request: IncomingMessage, maxBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString();
}

/** 200 with the value, 204 without one. */
export const sendJson = (response: ServerResponse, value: unknown): void =>
  send(response, value === undefined ? 204 : 200, value, 'application/json');

/** The error as problem+json (RFC 9457). What is our own fault is logged, and not told. */
export function sendProblem(response: ServerResponse, error: unknown, logger: Logger): void {
  const problem = toSkerryError(error, {
    code: 'Internal',
    detail: 'something broke inside',
    next: 'Look at the log at that time; please report it if it comes again.',
  });
  if (problem.status >= 500) logger.warn('a request failed', { error });
  const { code, title, status, detail, next, pointer } = problem;
  const errors = pointer === undefined ? undefined : [{ pointer, detail }];
  const body = { ...problem.fields, type: `urn:skerry:problem:${code}`, title, status, detail, next, errors };
  send(response, status, body, 'application/problem+json');
}

function send(response: ServerResponse, status: number, value: unknown, type: string): void {
  if (response.destroyed) return;
  const text = value === undefined ? undefined : JSON.stringify(value);
  const headers = { 'content-type': type, 'content-length': Buffer.byteLength(text ?? '') };
  response.writeHead(status, text === undefined ? {} : headers).end(text);
}

const wrongType = () =>
  new SkerryError({
    code: 'UnsupportedMediaType',
    detail: 'the body is not application/json',
    next: 'Send JSON, with that content-type.',
    status: 415,
  });

const invalidJson = (cause: unknown) =>
  new SkerryError({
    code: 'InvalidRequest',
    detail: `the body is no JSON: ${(cause as Error).message}`,
    next: 'Correct the body.',
    status: 400,
    cause,
  });

const tooLarge = (maxBytes: number) =>
  new SkerryError({
    code: 'PayloadTooLarge',
    detail: `the body is over ${maxBytes} bytes`,
    next: 'Send less at once.',
    status: 413,
  });
