import { connect } from 'node:net';
import { type Answer, responseReader } from './http-responses.ts';

/** A kept-alive connection that has one request at a time. */
export interface HttpConnection {
  /** False once it has ended, or the server has said that it will. */
  readonly usable: boolean;
  /** Answers once, with status 0 where the connection breaks. */
  send(request: Uint8Array, onAnswer: (answer: Answer) => void): void;
  close(): void;
}

/** Raw sockets, since an HTTP client would cost more than the servers that are measured. */
export function openHttpConnection(port: number): HttpConnection {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let waiting: ((answer: Answer) => void) | undefined;
  let usable = true;
  const settle = (answer: Answer) => {
    if (answer.last) usable = false;
    const onAnswer = waiting;
    waiting = undefined;
    onAnswer?.(answer);
  };
  const fail = (reason: unknown) => {
    socket.destroy();
    settle({ status: 0, body: Buffer.from(String(reason)), last: true });
  };
  const read = responseReader(settle);
  socket.on('data', (piece) => {
    try {
      read(piece);
    } catch (error) {
      fail(error);
    }
  });
  socket.on('error', fail).on('close', () => fail('the server closed the connection'));
  return {
    get usable() {
      return usable;
    },
    send(request, onAnswer) {
      waiting = onAnswer;
      socket.write(request);
    },
    close: () => void socket.destroy(),
  };
}

/** A POST whose body is sent again and again. */
export interface Post {
  readonly port: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Head and body in one piece. */
export function requestBytes({ path, headers, body }: Post): Buffer {
  const fields = { 'Content-Type': 'application/json', ...headers, 'Content-Length': String(body.length) };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([
    Buffer.from(`POST ${path} HTTP/1.1\r\nHost: localhost\r\n${lines.join('')}\r\n`),
    body,
  ]);
}
