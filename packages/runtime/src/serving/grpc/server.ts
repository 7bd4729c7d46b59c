import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { ConnectionInjector } from '@grpc/grpc-js';
import { type IsTooMany, limitConnections } from '../../access/limit-connections.ts';
import { type ListenOptions, listen } from '../../http/server.ts';
import type { GrpcOptions } from './options.ts';
import { peersOf } from './peers.ts';

/** The Open Inference Protocol over gRPC, on a port of its own. */
export interface GrpcListener {
  readonly port: number;
  /** Takes no more connections, lets calls in work end, and cuts what is left after `graceMs`. */
  drain(graceMs: number): Promise<void>;
}

/**
 * Listens; the library is imported when the first client comes, since most runtimes never see one that speaks gRPC.
 * Rejects as {@link listen} does.
 */
export async function startGrpc(options: GrpcOptions, where: ListenOptions): Promise<GrpcListener> {
  const { security, limits, logger } = options;
  const { tls } = security;
  const peers = peersOf(security.certificateOf);
  let opening: Promise<ConnectionInjector> | undefined;

  const open = async () => (await import('./library.ts')).openLibrary(options, peers.certificateOf);
  const take = async (socket: Socket) => {
    // One that breaks before the library has it would bring the process down.
    socket.on('error', () => socket.destroy());
    if (isTooMany(socket)) return void socket.destroy();
    opening ??= open();
    const injector = await opening;
    if (socket.destroyed) return;
    peers.add(socket);
    injector.injectConnection(socket);
  };
  const onSocket = (socket: Socket) =>
    take(socket).catch((error) => {
      logger.error('a gRPC connection was not taken', { error });
      socket.destroy();
    });
  const server = tls ? createTlsServer({ ...tls.options, ALPNProtocols: ['h2'] }) : createServer();
  if (tls) tls.renewOn(server as ReturnType<typeof createTlsServer>);
  const ready = tls ? 'secureConnection' : 'connection';
  const isTooMany: IsTooMany = limitConnections(server, ready, limits.connections);
  server.on(ready, onSocket);
  const sockets = socketsOf(server, options.pulse);
  const port = await listen(server, where);
  return { port, drain: (graceMs) => drain(server, sockets, opening, graceMs) };
}

function socketsOf(server: NetServer, { opened, closed }: GrpcOptions['pulse']): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    opened();
    socket.once('close', () => {
      open.delete(socket);
      closed();
    });
  });
  return open;
}

async function drain(
  server: NetServer,
  sockets: ReadonlySet<Socket>,
  library: Promise<ConnectionInjector> | undefined,
  graceMs: number,
): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise((resolve) => server.close(resolve));
  const injector = await library;
  injector?.drain(graceMs);
  const cut = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, graceMs);
  await closed;
  clearTimeout(cut);
  injector?.destroy();
}
