import { caRoutes } from './access/ca-routes.ts';
import { guardRoutes } from './access/guard-routes.ts';
import { reachableHost } from './access/hosts.ts';
import type { Context } from './context.ts';
import { type Route, router } from './http/router.ts';
import { drain, type ErrorWriter, httpServer, type ListenOptions, listen } from './http/server.ts';
import { modelMetrics, tritonMetrics } from './metrics/model-metrics.ts';
import { processMetrics } from './metrics/process-metrics.ts';
import { metricsRoutes } from './metrics/routes.ts';
import { respondError } from './serving/rest/errors.ts';
import { restRoutes } from './serving/rest/routes.ts';

/** Base addresses of what listens. */
export interface Addresses {
  readonly rest: string;
  readonly metrics: string;
}

/** What a mode of the runtime adds to the addresses that every runtime has. */
export interface Additions {
  readonly routes: readonly Route[];
  readonly metrics: () => string;
}

const DRAIN_MS = 8_000;
const PATIENCE = { headMs: 10_000, requestMs: 60_000 };

export const errorWriter =
  ({ logger }: Pick<Context, 'logger'>): ErrorWriter =>
  (response, error) =>
    respondError(response, error, logger);

/** Starts REST and metrics as parts of the lifetime. */
export async function startListeners(context: Context, { routes, metrics }: Additions): Promise<Addresses> {
  const { settings, models, ports, logger, version, usage, isReady, security } = context;
  const { bodyLimit, portSearch: search, port, metricsPort } = settings;
  const rest = restRoutes({ models, clock: ports.clock, logger, bodyLimit, version, isReady });
  const metricsText = () => modelMetrics(models) + metrics() + processMetrics(usage());
  const figures = metricsRoutes(metricsText, () => tritonMetrics(models));
  return {
    metrics: await startServer(context, 'metrics', figures, {
      port: metricsPort,
      search,
      flag: '--metrics-port',
    }),
    rest: await startServer(context, 'rest', [...caRoutes(security.ca), ...rest, ...routes], {
      port,
      search,
      flag: '--port',
    }),
  };
}

async function startServer(
  context: Context,
  name: string,
  routes: readonly Route[],
  where: Omit<ListenOptions, 'host'>,
): Promise<string> {
  const { host, headerLimit: headBytes, maxConnections: connections, idleTimeout: idleMs } = context.settings;
  const { authorize, certificateOf, tls } = context.security;
  const guarded = router(guardRoutes(routes, authorize, certificateOf));
  const limits = { ...PATIENCE, idleMs, headBytes, connections };
  const server = httpServer(guarded, errorWriter(context), limits, tls);
  const port = await context.life.start(
    name,
    () => listen(server, { host, ...where }),
    () => drain(server, DRAIN_MS),
    { stopMs: DRAIN_MS + 1_000 },
  );
  const reached = reachableHost(host);
  return `${tls ? 'https' : 'http'}://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}
