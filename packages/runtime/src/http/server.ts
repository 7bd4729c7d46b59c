import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createNetServer, type Server as NetServer } from 'node:net';
import { limitConnections } from '../access/limit-connections.ts';
import type { ServerTls } from '../access/security.ts';
import { failure } from '../errors.ts';
import type { HttpCalls } from '../observe/http-calls.ts';
import { discardBody } from './body.ts';
import { answerClientErrors } from './client-errors.ts';
import type { Limits } from './limits.ts';
import type { Router } from './router.ts';

export type ErrorWriter = (response: ServerResponse, error: unknown) => void;

/**
 * An HTTP server of ours, not yet listening; with TLS where `tls` is given. A client that takes too long is answered
 * 408 and cut off; what is not HTTP is answered 400, too long a head 431, and cut off. A connection too many is
 * answered 503 and closed.
 */
export function httpServer(
  route: Router,
  respondError: ErrorWriter,
  limits: Limits,
  tls?: ServerTls,
  calls?: HttpCalls,
): Server {
  const { headMs, requestMs, idleMs, headBytes, connections } = limits;
  const options: ServerOptions = {
    headersTimeout: headMs,
    requestTimeout: requestMs,
    keepAliveTimeout: idleMs,
    connectionsCheckingInterval: Math.min(5_000, headMs),
    maxHeaderSize: headBytes,
    noDelay: true,
  };
  const serve: RequestListener = (request, response) => {
    calls?.open(request, response);
    // Draining: whoever keeps its connection is asked to leave it after this answer.
    if (!server.listening) response.setHeader('Connection', 'close');
    if (isTooMany(request.socket)) respondError(response, tooManyConnections(connections));
    else dispatch(route, respondError, request, response);
  };
  const server = tls ? tlsServer(options, tls, serve) : createServer(options, serve);
  const isTooMany = limitConnections(server, tls ? 'secureConnection' : 'connection', connections);
  answerClientErrors(server, limits);
  return server;
}

function tlsServer(options: ServerOptions, { options: context, renewOn }: ServerTls, serve: RequestListener) {
  const server = createTlsServer({ ...options, ...context }, serve);
  renewOn(server);
  return server;
}

function dispatch(
  route: Router,
  respondError: ErrorWriter,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  try {
    const { handler, params } = route(request);
    const pending = handler(request, response, params);
    if (pending) pending.catch((error) => respondError(response, error));
  } catch (error) {
    discardBody(request);
    respondError(response, error);
  }
}

export interface ListenOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Tries the ports above, one after another, while one is taken. */
  readonly search: boolean;
  /** As it stands in the error for a port in use: `--port`. */
  readonly flag: string;
  /** Several threads listen on it: the first makes sure that no other process does. */
  readonly share?: 'first' | 'next' | undefined;
}

const PORTS_TRIED = 100;

type ListenOn = { host: string; port: number; reusePort?: boolean } | { path: string };

/** The port it listens on. Rejects with `PortInUse`, naming the flag. */
export async function listen(server: NetServer, options: ListenOptions): Promise<number> {
  const { host, port, search, flag, share } = options;
  for (let tried = port; ; tried++) {
    try {
      if (share === 'first' && tried !== 0) await checkFree(host, tried);
      await listenOn(server, { host, port: tried, reusePort: share !== undefined });
      return (server.address() as AddressInfo).port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE')
        throw cannotListen(host, tried, flag, error);
      if (!search || tried >= port + PORTS_TRIED || tried >= 65_535)
        throw portInUse(host, tried, flag, error);
    }
  }
}

// With SO_REUSEPORT another process of this user could join a port that is ours, or we one of its.
async function checkFree(host: string, port: number): Promise<void> {
  const probe = createNetServer();
  await listenOn(probe, { host, port });
  await new Promise((resolve) => probe.close(resolve));
}

/** Listens on a Unix socket. */
export function listenOnSocket(server: Server, path: string): Promise<void> {
  return listenOn(server, { path });
}

function listenOn(server: NetServer, where: ListenOn): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Takes no more connections, lets requests in work end, and cuts what is left after `graceMs`. */
export async function drain(server: Server, graceMs: number): Promise<void> {
  if (!server.listening) return;
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(cut);
}

const tooManyConnections = (limit: number) =>
  failure('TooManyConnections', `${limit} clients are connected, the limit here`, { fields: { limit } });

const portInUse = (host: string, port: number, flag: string, cause: unknown) =>
  failure('PortInUse', `port ${port} on ${host} is taken`, {
    cause,
    next: `Stop the process that holds it, give another port with ${flag}, or let --port-search take the next free one.`,
  });

const cannotListen = (host: string, port: number, flag: string, cause: unknown) =>
  failure('InvalidConfig', `cannot listen on ${host} port ${port}: ${(cause as Error).message}`, {
    cause,
    next: `Give an address of this machine with --host, and a port that this user may open with ${flag}.`,
  });
