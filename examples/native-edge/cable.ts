import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A site's only way out: the proxy through which its device reaches the hub, as many a site has one. */
export interface Cable {
  /** For `HTTPS_PROXY`. */
  readonly url: string;
  readonly plugged: boolean;
  /** Ends every connection, and lets none through until it is plugged in again. */
  pull(): void;
  plug(): void;
  close(): void;
}

export async function layCable(): Promise<Cable> {
  const sockets = new Set<Duplex>();
  let plugged = true;
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connect', ({ url = '' }, client: Socket, head: Buffer) => {
    const { hostname, port } = new URL(`tcp://${url}`);
    const far = plugged ? connect(Number(port), hostname) : undefined;
    if (!far) return void client.destroy();
    for (const socket of [client, far]) hold(sockets, socket);
    far.once('connect', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      far.write(head);
      client.pipe(far).pipe(client);
    });
    client.once('close', () => far.destroy());
    far.once('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get plugged() {
      return plugged;
    },
    pull() {
      plugged = false;
      cut();
    },
    plug() {
      plugged = true;
    },
    close() {
      server.close();
      cut();
    },
  };
}

function hold(sockets: Set<Duplex>, socket: Duplex): void {
  sockets.add(socket);
  socket.on('error', () => socket.destroy()).once('close', () => sockets.delete(socket));
}
