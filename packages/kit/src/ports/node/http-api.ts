import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SkerryError } from '../../errors.ts';
import type { Logger } from '../logger.ts';
import { errnoOf } from './errno.ts';
import { readJson, sendJson, sendProblem } from './http-json.ts';
import { listen, listenFailed, listenOnSocket } from './unix-socket.ts';

export interface HttpApiRequest {
  /** From `{name}` in the route's path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed JSON; undefined without a body. */
  readonly body: unknown;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

/** What it resolves with is the answer as JSON (204 without one). A `SkerryError` becomes problem+json (RFC 9457). */
export type HttpApiHandler = (request: HttpApiRequest) => unknown;

export interface HttpApiOptions {
  /** `'GET /v1/models/{name}'` → handler. */
  readonly routes: Readonly<Record<string, HttpApiHandler>>;
  /** A Unix socket (made 0600), or a port (0: any free one), on loopback unless said otherwise. */
  readonly listen: { readonly socketPath: string } | { readonly port: number; readonly host?: string };
  readonly logger: Logger;
  /** Default 1 MiB. */
  readonly maxBodyBytes?: number;
}

export interface HttpApi {
  /** The port that it listens on; 0 for a socket. */
  readonly port: number;
  /** Lets requests end for up to 2 s, then cuts them. */
  close(): Promise<void>;
}

interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly handler: HttpApiHandler;
}

const MAX_BODY_BYTES = 1024 * 1024;
const DRAIN_MS = 2_000;

/** A small local JSON API. Rejects with `PortInUse`, or with `InvalidConfig` for an address it can't have. */
export async function serveHttpApi(options: HttpApiOptions): Promise<HttpApi> {
  const { logger, maxBodyBytes = MAX_BODY_BYTES } = options;
  const routes = Object.entries(options.routes).map(routeOf);
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    answer(routes, request, maxBodyBytes, gone.signal)
      .then((value) => sendJson(response, value))
      .catch((error) => sendProblem(response, error, logger));
  });
  await listenOn(server, options.listen);
  const address = server.address() as AddressInfo | string | null;
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    close: () => drain(server),
  };
}

async function listenOn(server: Server, at: HttpApiOptions['listen']): Promise<void> {
  if ('socketPath' in at) return listenOnSocket(server, at.socketPath);
  const address = { port: at.port, host: at.host ?? '127.0.0.1' };
  await listen(server, address).catch((error) => {
    const where = `${address.host}:${address.port}`;
    throw errnoOf(error) === 'EADDRINUSE' ? portInUse(where) : listenFailed(where, error);
  });
}

function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function routeOf([name, handler]: [string, HttpApiHandler]): Route {
  const [method = '', path = ''] = name.split(' ');
  const pattern = path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  return { method, path: new RegExp(`^${pattern}$`), handler };
}

async function answer(
  routes: readonly Route[],
  request: IncomingMessage,
  maxBodyBytes: number,
  signal: AbortSignal,
) {
  const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://localhost');
  const there = routes.filter(({ path }) => path.test(pathname));
  const route = there.find(({ method }) => method === request.method);
  if (!route) throw there.length > 0 ? methodNotAllowed(request, there) : notFound(pathname);
  const body = await readJson(request, maxBodyBytes);
  const params = decodeAll(route.path.exec(pathname)?.groups ?? {});
  return route.handler({ params, query, headers: request.headers, body, signal });
}

function decodeAll(params: Record<string, string>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(params).map(([name, text]) => [name, decodeURIComponent(text)]));
  } catch (cause) {
    throw new SkerryError({
      code: 'InvalidRequest',
      detail: 'the path has a bad percent-encoding',
      next: 'Encode each part of the path.',
      status: 400,
      cause,
    });
  }
}

const notFound = (path: string) =>
  new SkerryError({
    code: 'NotFound',
    detail: `there is nothing at ${path}`,
    next: 'Check the path.',
    status: 404,
  });

const methodNotAllowed = ({ method, url }: IncomingMessage, there: readonly Route[]) =>
  new SkerryError({
    code: 'MethodNotAllowed',
    detail: `${url} has no ${method}`,
    next: `Use ${there.map((route) => route.method).join(' or ')}.`,
    status: 405,
  });

const portInUse = (where: string) =>
  new SkerryError({
    code: 'PortInUse',
    detail: `another process listens on ${where}`,
    next: 'Stop the other process, or choose another port.',
    status: 409,
  });
