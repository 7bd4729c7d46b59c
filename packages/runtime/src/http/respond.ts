import type { ServerResponse } from 'node:http';

/** Sends a whole answer in one write. */
export function respond(response: ServerResponse, status: number, contentType: string, body: string): void {
  respondPieces(response, status, ['Content-Type', contentType], [body]);
}

export function respondJson(response: ServerResponse, status: number, value: unknown): void {
  respond(response, status, 'application/json', JSON.stringify(value));
}

/** Sends an answer without putting its pieces together first. `head` has names and values in turn. */
export function respondPieces(
  response: ServerResponse,
  status: number,
  head: string[],
  pieces: readonly (string | Uint8Array)[],
): void {
  let length = 0;
  for (const piece of pieces) length += typeof piece === 'string' ? Buffer.byteLength(piece) : piece.length;
  head.push('Content-Length', String(length));
  response.writeHead(status, head);
  if (pieces.length > 1) response.cork();
  for (let i = 0; i < pieces.length - 1; i++) response.write(pieces[i]);
  response.end(pieces.at(-1));
}
