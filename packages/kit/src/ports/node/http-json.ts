import type { IncomingMessage } from 'node:http';
import { SkerryError } from '../../errors.ts';

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
