import { connect, type Socket } from 'node:net';
import { responseReader } from './http-responses.ts';
import { quantile } from './judge.ts';

export interface LoadOrder {
  readonly port: number;
  readonly path: string;
  readonly body: string;
  readonly connections: number;
  readonly forMs: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly p50Micros: number;
  /** The body of one of the answers. */
  readonly answer: string;
}

/**
 * Posts one body over and over on kept-alive connections, one request at a time on each, for a while.
 * Raw sockets, since an HTTP client would cost more than the servers that are measured. Rejects at the
 * first answer that is not 200.
 */
export async function applyLoad(order: LoadOrder): Promise<LoadResult> {
  const request = Buffer.from(
    `POST ${order.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(order.body)}\r\n\r\n${order.body}`,
  );
  const deadline = performance.now() + order.forMs;
  const each = Array.from({ length: order.connections }, () => askUntil(deadline, order.port, request));
  const results = await Promise.all(each);
  const micros = results.flatMap((result) => result.micros);
  return { requests: micros.length, p50Micros: quantile(micros, 0.5), answer: results[0]?.answer ?? '' };
}

function askUntil(
  deadline: number,
  port: number,
  request: Buffer,
): Promise<{ micros: number[]; answer: string }> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  return new Promise<{ micros: number[]; answer: string }>((resolve, reject) => {
    const micros: number[] = [];
    let sent = 0;
    const ask = () => {
      sent = performance.now();
      socket.write(request);
    };
    const read = responseReader((status, body) => {
      const now = performance.now();
      micros.push((now - sent) * 1000);
      if (status !== 200) reject(new Error(`answer ${status}: ${body}`));
      else if (now < deadline) ask();
      else resolve({ micros, answer: body.toString() });
    });
    socket.on('data', catching(read, reject)).on('error', reject).on('connect', ask);
    socket.on('close', () => reject(new Error('the server closed the connection')));
  }).finally(() => end(socket));
}

function catching(read: (piece: Buffer) => void, reject: (error: unknown) => void) {
  return (piece: Buffer) => {
    try {
      read(piece);
    } catch (error) {
      reject(error);
    }
  };
}

function end(socket: Socket): void {
  socket.destroy();
}
