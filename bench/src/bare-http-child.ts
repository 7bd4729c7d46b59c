import { createServer } from 'node:http';
import { answerOrders } from './orders.ts';

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

let answer = Buffer.alloc(0);
const listening = new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

answerOrders(async (text: string) => {
  answer = Buffer.from(text);
  await listening;
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
});

process.once('disconnect', () => {
  server.close();
  server.closeAllConnections();
});
