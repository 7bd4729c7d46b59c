import { createServer } from 'node:http';
import { answerOrders } from '../orders.ts';
import { listenUntilDisconnect } from './listen.ts';

// Reference (a): what any Node server pays for an HTTP exchange with a JSON body. The order is the answer
// that it gives from then on; the result is its port.
const server = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => {
    JSON.parse(Buffer.concat(pieces).toString());
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length });
    response.end(answer);
  });
});

let answer: Uint8Array = Buffer.alloc(0);
const port = listenUntilDisconnect(server);

answerOrders((bytes: Uint8Array) => {
  answer = bytes;
  return port;
});
