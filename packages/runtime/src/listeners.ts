import type { Server } from 'node:http';
import { caRoutes } from './access/ca-routes.ts';
import { guardRoutes } from './access/guard-routes.ts';
import { reachableHost } from './access/hosts.ts';
import type { Context, ServingContext } from './context.ts';
import { type Route, router } from './http/router.ts';
import { drain, type ErrorWriter, httpServer, type ListenOptions, listen } from './http/server.ts';
import type { Observer } from './observe/call.ts';
import { type HttpCalls, httpCalls } from './observe/http-calls.ts';
import { openObservers } from './observe/open-observers.ts';
import { frameRoutes } from './pipelines/sources/http.ts';
import type { Central } from './serving/central.ts';
import { type GrpcListener, startGrpc } from './serving/grpc/server.ts';
import { respondError } from './serving/rest/errors.ts';
import { restRoutes } from './serving/rest/routes.ts';
import type { ServingPorts } from './threads/serving.ts';

/** What a serving thread listens with. */
export interface Listening {
  readonly ports: ServingPorts;
  drain(): Promise<void>;
}

/** Requests in work have so long when the process stops. */
export const DRAIN_MS = 8_000;
const PATIENCE = { headMs: 10_000, requestMs: 60_000 };

export const errorWriter =
  ({ logger }: Pick<Context, 'logger'>): ErrorWriter =>
  (response, error) =>
    respondError(response, error, logger);

/**
 * Opens the listeners of this thread.
 *
 * @param joins  ports that another thread listens on already; without them this thread is the first
 */
export async function openListeners(
  context: ServingContext,
  central: Central,
  joins?: ServingPorts,
): Promise<Listening> {
  const { settings, security } = context;
  const observing = await openObservers(context);
  const calls = observing.observer && httpCalls(observing.observer, context.ports.clock);
  const routes = [...caRoutes(security.ca), ...restOf(context, central, calls)];
  const server = serverFor(context, routes, calls);
  const { pulse } = context;
  server.on('connection', (socket) => {
    pulse.opened();
    socket.once('close', pulse.closed);
  });
  const where = whereOf(context, joins !== undefined);
  const rest = await listen(server, { ...where, port: joins?.rest ?? settings.port, flag: '--port' });
  const grpc = await grpcOf(context, central, observing.observer, {
    ...where,
    port: joins?.grpc ?? settings.grpcPort,
    flag: '--grpc-port',
  });
  return {
    ports: { rest, grpc: grpc.port },
    async drain() {
      await Promise.all([drain(server, DRAIN_MS), grpc.drain(DRAIN_MS)]);
      await observing.close();
    },
  };
}

function whereOf(
  { settings }: ServingContext,
  joins: boolean,
): Pick<ListenOptions, 'host' | 'search' | 'share'> {
  const { host, portSearch, servingThreads } = settings;
  const share = joins ? 'next' : servingThreads === 1 ? undefined : 'first';
  return { host, search: portSearch && !joins, share };
}

function grpcOf(
  context: ServingContext,
  central: Central,
  observer: Observer | undefined,
  where: ListenOptions,
): Promise<GrpcListener> {
  const { settings, ports } = context;
  const { maxConnections: connections, idleTimeout: idleMs, bodyLimit } = settings;
  const limits = { connections, idleMs, bodyLimit };
  return startGrpc({ ...context, clock: ports.clock, central, limits, observer }, where);
}

function restOf(
  { settings, models, ports, logger, version, isReady }: ServingContext,
  central: Central,
  calls: HttpCalls | undefined,
): Route[] {
  const { bodyLimit, state } = settings;
  const { clock } = ports;
  const rest = restRoutes({ models, clock, logger, bodyLimit, version, isReady, central, calls });
  return state === undefined ? rest : [...rest, ...frameRoutes(central, bodyLimit, errorWriter({ logger }))];
}

/** Starts a port of the main thread alone, as a part of the lifetime. The base address of it. */
export async function startServer(
  context: Context,
  name: string,
  routes: readonly Route[],
  where: Omit<ListenOptions, 'host'>,
): Promise<string> {
  const server = serverFor(context, routes);
  const port = await context.life.start(
    name,
    () => listen(server, { host: context.settings.host, ...where }),
    () => drain(server, DRAIN_MS),
    { stopMs: DRAIN_MS + 1_000 },
  );
  return addressOf(context, port);
}

function serverFor(context: ServingContext, routes: readonly Route[], calls?: HttpCalls): Server {
  const { headerLimit: headBytes, maxConnections: connections, idleTimeout: idleMs } = context.settings;
  const { authorize, certificateOf, tls } = context.security;
  const guarded = router(guardRoutes(routes, authorize, certificateOf));
  return httpServer(
    guarded,
    errorWriter(context),
    { ...PATIENCE, idleMs, headBytes, connections },
    tls,
    calls,
  );
}

export function addressOf({ settings, security }: ServingContext, port: number): string {
  return `${security.tls ? 'https' : 'http'}://${hostAndPort(settings.host, port)}`;
}

export function hostAndPort(host: string, port: number): string {
  const reached = reachableHost(host);
  return `${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}
