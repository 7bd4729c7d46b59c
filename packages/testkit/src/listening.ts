import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';

/** The port of a server that listens. */
export function portOf(server: Pick<Server, 'address'>): number {
  return (server.address() as AddressInfo).port;
}

/** A port that is taken for as long as the holder is not disposed of. */
export async function holdPort(): Promise<{ readonly port: number } & AsyncDisposable> {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}
