import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, request as sendSecurely } from 'node:https';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type ConnectionOptions, connect } from 'node:tls';
import { portOf } from './listening.ts';

/** A private key and a certificate with its issuers, as PEM. */
export interface Credentials {
  readonly key: string;
  readonly cert: string;
}

/** A request that came by, and what was answered to it. */
export interface Passage {
  readonly method: string;
  readonly path: string;
  readonly sent: Buffer;
  readonly status: number;
  readonly body: Buffer;
}

export interface InterceptorOptions {
  /** What it shows to clients. */
  readonly shows: Credentials;
  /** What it shows to the server behind it, as if it were the device. */
  readonly asDevice?: Credentials;
  /** Port of the server behind it. */
  readonly target: number;
  /** What clients get instead of the body that the server answered. */
  readonly alter?: (passage: Passage) => Buffer;
  /** True while no upgrade to WebSocket gets through. */
  readonly refusesUpgrades?: () => boolean;
  /** Told of every byte that passes after an upgrade to WebSocket, the server's answer to that left out. */
  readonly overhear?: (from: 'client' | 'server', bytes: Buffer) => void;
}

/** A man in the middle, who ends TLS on both sides, reads everything and may change answers. */
export interface Interceptor extends AsyncDisposable {
  readonly port: number;
  readonly passages: readonly Passage[];
}

export async function startInterceptor(options: InterceptorOptions): Promise<Interceptor> {
  const passages: Passage[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ ...options.shows, requestCert: true, rejectUnauthorized: false });
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => sockets.delete(socket));
  });
  server.on('request', async (request, response) => {
    try {
      const passage = await pass(request, options);
      passages.push(passage);
      response.writeHead(passage.status, passage.headers).end(options.alter?.(passage) ?? passage.body);
    } catch {
      response.destroy();
    }
  });
  server.on('upgrade', (request, socket, head) => tunnel(request, socket as Socket, head, options));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    passages,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function behind({ target, asDevice }: InterceptorOptions): ConnectionOptions {
  return { host: '127.0.0.1', port: target, rejectUnauthorized: false, ...asDevice };
}

async function pass(incoming: IncomingMessage, options: InterceptorOptions) {
  const { method = '', url = '', headers } = incoming;
  const sent = await buffer(incoming);
  const outgoing = sendSecurely({ ...behind(options), method, path: url, headers, agent: false }).end(sent);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  const body = await buffer(answer);
  const { 'content-length': _length, 'transfer-encoding': _coding, ...kept } = answer.headers;
  return { method, path: url, sent, status: answer.statusCode ?? 502, body, headers: kept };
}

/** After the upgrade to WebSocket both sides are only bytes. */
function tunnel(request: IncomingMessage, socket: Socket, head: Buffer, options: InterceptorOptions): void {
  const { overhear = () => {}, refusesUpgrades = () => false } = options;
  if (refusesUpgrades()) return void socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
  const upstream = connect(behind(options), () => {
    upstream.write(headOf(request));
    upstream.write(head);
    socket.pipe(upstream).pipe(socket);
    socket.on('data', (bytes) => overhear('client', bytes));
    afterHead(upstream, (bytes) => overhear('server', bytes));
  });
  upstream.on('error', () => socket.destroy()).once('close', () => socket.destroy());
  socket.on('error', () => upstream.destroy()).once('close', () => upstream.destroy());
}

/** Passes on what comes after the head of an HTTP answer. */
function afterHead(answer: Socket, onBytes: (bytes: Buffer) => void): void {
  let head: Buffer | undefined = Buffer.alloc(0);
  answer.on('data', (bytes) => {
    if (!head) return onBytes(bytes);
    head = Buffer.concat([head, bytes]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    onBytes(head.subarray(end + 4));
    head = undefined;
  });
}

function headOf({ method, url, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let index = 0; index < rawHeaders.length; index += 2)
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
