import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { SkerryError } from '@skerry/kit';
import { failure } from '../errors.ts';
import type { Limits } from './limits.ts';

/**
 * Answers what is no whole request, and so never comes to a route: in the words of the other errors, after which the
 * connection is closed.
 */
export function answerClientErrors(server: Server, limits: Limits): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (isAnswerable(socket)) socket.end(answerOf(problemOf(error, limits)), () => socket.destroy());
    else socket.destroy();
  });
}

// What was begun on the connection before must not be cut by another head.
function isAnswerable(socket: Duplex): boolean {
  const { _httpMessage: begun } = socket as { _httpMessage?: ServerResponse | null };
  return socket.writable && !begun?.headersSent;
}

function problemOf(error: NodeJS.ErrnoException, { headBytes, headMs, requestMs }: Limits): SkerryError {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return failure('PayloadTooLarge', `the head is larger than ${headBytes} bytes, the limit here`, {
        status: 431,
      });
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return failure('PayloadTooLarge', 'the extensions of the chunks are longer than is sensible');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return failure(
        'DeadlineExceeded',
        `the request did not arrive in time: its head within ${headMs} ms, all of it within ${requestMs} ms`,
        { status: 408 },
      );
    default:
      return failure('InvalidRequest', `this is not HTTP as it should be: ${error.message}`);
  }
}

function answerOf({ status, detail, code }: SkerryError): string {
  const body = JSON.stringify({ error: detail, code });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
