import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { portOf } from './listening.ts';

/** A wire between a client and a server on this machine, that a test can cut. It sees bytes, no more. */
export interface Relay extends AsyncDisposable {
  readonly port: number;
  /** Where connections lead; may be given once the server's port is known. */
  target: number;
  /** Connections since the relay began. */
  readonly connections: number;
  /** Ends all connections and refuses every new one, until it is mended. */
  cut(): void;
  mend(): void;
  /**
   * The nth connection from now gets its TLS handshake through, and everything that the client sends; what the server
   * answers to that is lost.
   */
  loseReply(nth: number): void;
}

export async function startRelay(target = 0): Promise<Relay> {
  const sockets = new Set<Socket>();
  const state = { target, connections: 0, isCut: false, lossy: Number.NaN };
  const server = createServer({ noDelay: true }, (client) => {
    state.connections += 1;
    if (state.isCut) return void client.destroy();
    const upstream = connect({ port: state.target, host: '127.0.0.1', noDelay: true });
    for (const socket of [client, upstream]) track(sockets, socket);
    join(client, upstream, state.connections === state.lossy);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: portOf(server),
    get target() {
      return state.target;
    },
    set target(port) {
      state.target = port;
    },
    get connections() {
      return state.connections;
    },
    cut() {
      state.isCut = true;
      endAll();
    },
    mend() {
      state.isCut = false;
    },
    loseReply(nth) {
      state.lossy = state.connections + nth;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      endAll();
    },
  };
}

function track(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.on('error', () => socket.destroy()).once('close', () => sockets.delete(socket));
}

/** A client's first chunk is its ClientHello; with its second the handshake is over for it (RFC 8446 §2). */
function join(client: Socket, upstream: Socket, losesReply: boolean): void {
  let chunks = 0;
  client.on('data', (chunk) => {
    chunks += 1;
    upstream.write(chunk);
  });
  upstream.on('data', (chunk) => {
    if (!losesReply || chunks < 2) client.write(chunk);
  });
  client.once('close', () => upstream.destroy());
  upstream.once('close', () => client.destroy());
}
