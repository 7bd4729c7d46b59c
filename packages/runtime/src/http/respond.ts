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

export function respondJson(response: ServerResponse, status: number, value: unknown): void {
  respond(response, status, 'application/json', JSON.stringify(value));
}
