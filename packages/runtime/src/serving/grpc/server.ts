import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { ConnectionInjector, Server } from '@grpc/grpc-js';
import { type IsTooMany, limitConnections } from '../../access/limit-connections.ts';
import { type ListenOptions, listen } from '../../http/server.ts';
import { callLog } from './call-log.ts';
import { statusWriter } from './errors.ts';
import { importGrpc } from './grpc.ts';
import type { GrpcOptions } from './options.ts';
import { type Peers, peersOf } from './peers.ts';
import { permitter } from './permit.ts';
import { addServices } from './service.ts';

/** The Open Inference Protocol over gRPC, on a port of its own. */
export interface GrpcListener {
  readonly port: number;
  /** Takes no more connections, lets calls in work end, and cuts what is left after `graceMs`. */
  drain(graceMs: number): Promise<void>;
}

/** Calls of one connection at a time, at most. */
const CALLS = 256;

/** Listens; the library is imported when the first client comes. Rejects as {@link listen} does. */
export async function startGrpc(options: GrpcOptions, where: ListenOptions): Promise<GrpcListener> {
  const { security, limits } = options;
  const { tls } = security;
  const peers = peersOf(security.certificateOf);
  let library: Promise<ConnectionInjector> | undefined;

  const take = async (socket: Socket) => {
    // One that breaks before the library has it would bring the process down.
    socket.on('error', () => socket.destroy());
    if (isTooMany(socket)) return void socket.destroy();
    library ??= openLibrary(options, peers);
    const injector = await library;
    if (socket.destroyed) return;
    peers.add(socket);
    injector.injectConnection(socket);
  };
  const server = tls ? createTlsServer({ ...tls.options, ALPNProtocols: ['h2'] }) : createServer();
  if (tls) tls.renewOn(server as ReturnType<typeof createTlsServer>);
  const ready = tls ? 'secureConnection' : 'connection';
  const isTooMany: IsTooMany = limitConnections(server, ready, limits.connections);
  server.on(ready, (socket: Socket) => void take(socket));
  const sockets = socketsOf(server, options.pulse);
  const port = await listen(server, where);
  return { port, drain: (graceMs) => drain(server, sockets, library, graceMs) };
}

async function openLibrary(options: GrpcOptions, peers: Peers): Promise<ConnectionInjector> {
  const grpc = await importGrpc();
  const { bodyLimit, idleMs } = options.limits;
  const server: Server = new grpc.Server({
    'grpc.max_receive_message_length': bodyLimit,
    'grpc.max_concurrent_streams': CALLS,
    'grpc.max_connection_idle_ms': idleMs,
    'grpc.enable_channelz': 0,
  });
  const permit = permitter(options.security.authorize, peers.certificateOf);
  const log = options.observer && callLog(options.observer, grpc, options.clock);
  addServices(server, options, { permit, statusOf: statusWriter(grpc, options.logger), log });
  // TLS, where there is some, has been spoken before.
  return server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
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
