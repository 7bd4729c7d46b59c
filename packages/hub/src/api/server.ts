import swagger from '@fastify/swagger';
import { problemMediaType } from '@skerry/contracts';
import type { Logger } from '@skerry/kit';
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import type { Db } from '../db/schema.ts';
import { notFound } from '../errors.ts';
import { authenticate, authorize } from '../people/read-model.ts';
import { readJsonBodies } from './json-body.ts';
import { knownError, problemOf } from './problem.ts';
import type { ProjectRoutes } from './project-routes.ts';
import { validatorCompiler } from './validation.ts';

const maxBodyBytes = 1024 * 1024;
/** Without a byte either way. A push of a large model may take long as a whole. */
const silenceMs = 30_000;
const idleConnectionMs = 72_000;

export interface ApiOptions {
  readonly db: Db;
  readonly logger: Logger;
  readonly version: string;
  /** Certificate chain and key, PEM; without them plain HTTP, which is for loopback alone. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Under `/api/v1/projects/{project}`, behind a person's token. */
  readonly projectRoutes: readonly ProjectRoutes[];
  /** Anywhere, each with its own idea of who may. */
  readonly openRoutes: readonly ((app: FastifyInstance) => Promise<void>)[];
  /** Watches all that is answered. */
  readonly observe?: (app: FastifyInstance) => void;
}

/** The people's API, ready to listen. Every answer that is an error is RFC 9457 problem+json. */
export async function buildApi(options: ApiOptions): Promise<FastifyInstance> {
  const app = newServer(options.tls);
  app.setValidatorCompiler(validatorCompiler as never);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler((error: FastifyError, request, reply) =>
    sendProblem(options.logger, error, request, reply),
  );
  app.setNotFoundHandler((request) => {
    throw notFound('address', `${request.method} ${request.url.split('?')[0]}`);
  });
  options.observe?.(app);
  readJsonBodies(app);
  await app.register(swagger, { openapi: openapi(options.version), transform: jsonSchemaTransform });
  for (const routes of options.openRoutes) await app.register(routes);
  await app.register(guarded(options), { prefix: '/api/v1/projects/:project' });
  app.get('/api/v1/openapi.json', { schema: { hide: true } as never }, async () => app.swagger());
  return app;
}

function newServer(tls: ApiOptions['tls']): FastifyInstance {
  const limits = {
    bodyLimit: maxBodyBytes,
    connectionTimeout: silenceMs,
    requestTimeout: 0,
    keepAliveTimeout: idleConnectionMs,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 255 },
  } as const;
  return tls ? (fastify({ ...limits, https: tls }) as unknown as FastifyInstance) : fastify(limits);
}

/** Every route under a project asks who it is before it reads a body. A dry run writes nothing, so a viewer may. */
function guarded({ db, projectRoutes }: ApiOptions) {
  return async (app: FastifyInstance) => {
    app.decorateRequest('person', null as never);
    app.addHook('onRequest', async (request) => {
      const { project } = request.params as { project: string };
      const { dryRun } = request.query as { dryRun?: string };
      request.person = await authenticate(db, request.headers.authorization);
      const reads = request.method === 'GET' || request.method === 'HEAD' || dryRun === 'true';
      authorize(request.person, project, !reads);
    });
    for (const routes of projectRoutes) await app.register(routes);
  };
}

function sendProblem(
  logger: Logger,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const problem = problemOf(error);
  const { routeOptions, method } = request;
  if (problem.status >= 500)
    logger.error('a request failed', {
      method,
      route: routeOptions.url,
      error: knownError(error).cause ?? error,
    });
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="skerry"');
  if (problem.status === 503 || problem.status === 507) reply.header('retry-after', '5');
  return reply
    .code(problem.status)
    .type(problemMediaType)
    .send(Buffer.from(JSON.stringify(problem)));
}

const openapi = (version: string) => ({
  openapi: '3.1.0',
  info: { title: 'Skerry hub', version },
  components: { securitySchemes: { token: { type: 'http' as const, scheme: 'bearer' } } },
  security: [{ token: [] }],
});
