import { problemMediaType } from '@skerry/contracts';
import { isSkerryError, type Logger } from '@skerry/kit';
import type {
  FastifyError,
  FastifyInstance,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
} from 'fastify';
import { problemOf } from '../api/problem.ts';
import type { Authorize, Right } from './access.ts';
import { noSpace } from './blob-store.ts';
import { addBlobRoutes, addManifestRoutes } from './content-routes.ts';
import type { Giving } from './giving.ts';
import { OciError } from './oci-error.ts';
import { type Params, repositoryName } from './request.ts';
import type { Registry } from './service.ts';
import type { Repository } from './store.ts';
import { addUploadRoutes } from './upload-routes.ts';

export interface RegistryRoutesOptions {
  readonly registry: Registry;
  readonly authorize: Authorize;
  readonly logger: Logger;
  /** Who is given a blob when; default: everybody at once. */
  readonly giving?: Giving;
}

/** OCI Distribution 1.1 at `/v2/`: push and pull of `{project}/{models|images}/{name}`. */
export function registryRoutes({
  registry,
  authorize,
  logger,
  giving,
}: RegistryRoutesOptions): FastifyPluginAsync {
  const allow = async (request: FastifyRequest, right: Right): Promise<Repository> => {
    const { project, kind, name } = request.params as Params;
    const projectId = await authorize(request, project, right);
    return { projectId, repository: repositoryName(kind, name) };
  };

  return async (app) => {
    takeAnyBody(app);
    app.setErrorHandler((error: FastifyError, request, reply) => sendError(error, request, reply, logger));
    app.addHook('onSend', async (_request, reply) => {
      reply.header('docker-distribution-api-version', 'registry/2.0');
    });
    app.get('/v2/', async (request) => {
      await authorize(request, undefined, 'pull');
      return {};
    });
    addBlobRoutes(app, registry, allow, giving);
    addUploadRoutes(app, registry, allow);
    addManifestRoutes(app, registry, allow);
    app.all('/v2/*', { schema: { hide: true } as never }, async (request) => {
      await authorize(request, undefined, 'pull');
      throw new OciError('UNSUPPORTED', `${request.method} of this address is not supported`);
    });
  };
}

/** Bodies are content: they are streamed as they come, whatever type they claim. */
function takeAnyBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
}

function sendError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  logger: Logger,
): FastifyReply {
  if (error instanceof OciError) {
    if (error.code === 'UNAUTHORIZED') reply.header('www-authenticate', 'Basic realm="skerry"');
    return reply.code(error.status).send(error.toJSON());
  }
  if (isSkerryError(error, 'DiskFull')) return sendError(noSpace(error), request, reply, logger);
  if (isSkerryError(error, 'Unavailable'))
    return reply.code(error.status).type(problemMediaType).send(problemOf(error));
  if (isSkerryError(error, 'CertificateRefused'))
    return sendError(new OciError('DENIED', error.message, { status: 401 }), request, reply, logger);
  logger.error('a request to the registry failed', { method: request.method, url: request.url, error });
  return reply.code(500).send({ errors: [{ code: 'UNKNOWN', message: 'the registry failed to answer' }] });
}
