import type { ServerResponse } from 'node:http';

/** Sends a whole answer in one write. */
export function respond(response: ServerResponse, status: number, contentType: string, body: string): void {
  respondText(response, status, ['Content-Type', contentType], body);
}

export function respondJson(response: ServerResponse, status: number, value: unknown): void {
  respond(response, status, 'application/json', JSON.stringify(value));
}

/** Sends an answer that is one text. `head` has names and values in turn. */
export function respondText(response: ServerResponse, status: number, head: string[], body: string): void {
  head.push('Content-Length', String(Buffer.byteLength(body)));
  response.writeHead(status, head);
  response.end(body);
}

/** Sends an answer of several pieces without putting them together first. `head` has names and values in turn. */
export function respondPieces(
  response: ServerResponse,
  status: number,
  head: string[],
  pieces: readonly (string | Uint8Array)[],
): void {
  let length = 0;
  for (const piece of pieces) length += Buffer.byteLength(piece);
  head.push('Content-Length', String(length));
  response.writeHead(status, head);
  response.cork();
  for (const piece of pieces) response.write(piece);
  response.end();
}
