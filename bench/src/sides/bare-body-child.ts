import { createServer } from 'node:http';
import { answerOrders } from '../orders.ts';
import { listenUntilDisconnect } from './listen.ts';

// Reference (c): what any Node server pays to have a large body in one piece of memory, which it uses again
// for the next. The order is the answer that it gives from then on; the result is its port.
const memories: Buffer[] = [];
const server = createServer((request, response) => {
  const length = Number(request.headers['content-length']);
  const body = memories.pop() ?? Buffer.alloc(16 * 1024 * 1024);
  let filled = 0;
  request.on('data', (piece: Buffer) => {
    filled += piece.copy(body, filled);
  });
  request.on('end', () => {
    memories.push(body);
    response.writeHead(filled === length ? 200 : 400, { 'content-length': answer.length });
    response.end(answer);
  });
});

let answer: Uint8Array = Buffer.alloc(0);
const port = listenUntilDisconnect(server);

answerOrders((bytes: Uint8Array) => {
  answer = bytes;
  return port;
});
