import type { ServerResponse } from 'node:http';

/** Sends a whole answer in one write. */
export function respond(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, [
    'Content-Type',
    contentType,
    'Content-Length',
    String(Buffer.byteLength(body)),
  ]);
  response.end(body);
}

/** Sends an answer of several pieces without putting them together first. `head` has names and values in turn. */
export function respondPieces(
  response: ServerResponse,
  status: number,
  head: readonly string[],
  pieces: readonly (string | Uint8Array)[],
): void {
  let length = 0;
  for (const piece of pieces) length += Buffer.byteLength(piece);
  response.writeHead(status, [...head, 'Content-Length', String(length)]);
  response.cork();
  for (const piece of pieces) response.write(piece);
  response.end();
}

export function respondJson(response: ServerResponse, status: number, value: unknown): void {
  respond(response, status, 'application/json', JSON.stringify(value));
}
