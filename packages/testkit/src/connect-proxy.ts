import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { portOf } from './listening.ts';

/** A proxy that passes connections on (CONNECT, RFC 9110 §9.3.6) to whoever shows its user and password. */
export interface ConnectProxy extends AsyncDisposable {
  /** With user and password, as HTTPS_PROXY takes it. */
  readonly url: string;
  readonly password: string;
  /** `HOST:PORT` of every connection that was passed on. */
  readonly passed: readonly string[];
  /** How many were refused. */
  readonly refused: number;
}

export async function startConnectProxy(): Promise<ConnectProxy> {
  const password = 'pa:ss w0rd';
  const expected = `Basic ${Buffer.from(`site:${password}`).toString('base64')}`;
  const passed: string[] = [];
  const sockets = new Set<Socket>();
  let refused = 0;
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connect', ({ url = '', headers }, client: Socket) => {
    track(sockets, client);
    if (headers['proxy-authorization'] !== expected) {
      refused += 1;
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    passed.push(url);
    passOn(url, client, sockets);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://site:${encodeURIComponent(password)}@127.0.0.1:${portOf(server)}`,
    password,
    passed,
    get refused() {
      return refused;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function passOn(target: string, client: Socket, sockets: Set<Socket>): void {
  const { hostname, port } = new URL(`http://${target}`);
  const onward = connect(Number(port), hostname, () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    client.pipe(onward).pipe(client);
  });
  track(sockets, onward);
  client.once('close', () => onward.destroy());
  onward.once('close', () => client.destroy());
}

function track(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.on('error', () => socket.destroy()).once('close', () => sockets.delete(socket));
}
