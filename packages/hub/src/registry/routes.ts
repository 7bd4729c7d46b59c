import { Readable } from 'node:stream';
import { maxManifestBytes } from '@skerry/contracts';
import { isSkerryError, type Logger } from '@skerry/kit';
import type {
  FastifyError,
  FastifyInstance,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
} from 'fastify';
import { noSpace } from './blob-store.ts';
import { OciError } from './oci-error.ts';
import { type ByteRange, parseContentRange, parseRange } from './ranges.ts';
import type { Registry } from './service.ts';
import type { Repository } from './store.ts';

export type Right = 'pull' | 'push';

/** Decides whether a request may, and gives the id of the project; throws `OciError`. Without a project: who it is. */
export type AuthorizePull = (
  request: FastifyRequest,
  project: string | undefined,
  right: Right,
) => Promise<string>;

export interface RegistryRoutesOptions {
  readonly registry: Registry;
  readonly authorize: AuthorizePull;
  readonly logger: Logger;
}

interface Params {
  project: string;
  kind: string;
  name: string;
  digest: string;
  upload: string;
  reference: string;
}
type Query = Partial<Record<'digest' | 'mount' | 'from' | 'n' | 'last', string>>;

const prefix = '/v2/:project/:kind/:name';
const digestPattern = /^sha256:[0-9a-f]{64}$/;
const namePart = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const uploadPattern = /^[0-9a-f-]{36}$/;
const MOST_TAGS = 1000;

/** OCI Distribution 1.1 at `/v2/`: push and pull of `{project}/{models|images}/{name}`. */
export function registryRoutes({ registry, authorize, logger }: RegistryRoutesOptions): FastifyPluginAsync {
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
    addBlobRoutes(app, registry, allow);
    addUploadRoutes(app, registry, allow);
    addManifestRoutes(app, registry, allow);
    app.all('/v2/*', async (request) => {
      await authorize(request, undefined, 'pull');
      throw new OciError('UNSUPPORTED', `${request.method} of this address is not supported`);
    });
  };
}

type Allow = (request: FastifyRequest, right: Right) => Promise<Repository>;

function addBlobRoutes(app: FastifyInstance, registry: Registry, allow: Allow): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: `${prefix}/blobs/:digest`,
    handler: async (request, reply) => {
      const repository = await allow(request, 'pull');
      const digest = requireDigest((request.params as Params).digest);
      const size = await registry.blobSize(repository, digest);
      reply
        .header('docker-content-digest', digest)
        .header('accept-ranges', 'bytes')
        .header('etag', `"${digest}"`);
      return sendBytes(request, reply, size, (range) => registry.readBlob(digest, range));
    },
  });
}

function sendBytes(
  request: FastifyRequest,
  reply: FastifyReply,
  size: number,
  read: (range: ByteRange) => AsyncIterable<Uint8Array>,
): FastifyReply {
  const range = parseRange(request.headers.range, size);
  if (range === 'unsatisfiable') {
    return reply.code(416).header('content-range', `bytes */${size}`).send();
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  if (range) reply.code(206).header('content-range', `bytes ${start}-${end}/${size}`);
  reply.type('application/octet-stream').header('content-length', end - start + 1);
  if (request.method === 'HEAD') return reply.send();
  return reply.send(Readable.from(read({ start, end }), { objectMode: false }));
}

function addUploadRoutes(app: FastifyInstance, registry: Registry, allow: Allow): void {
  const at = (request: FastifyRequest, upload: string) => `${nameOf(request)}/blobs/uploads/${upload}`;

  const sendProgress = (
    request: FastifyRequest,
    reply: FastifyReply,
    upload: string,
    received: number,
    status: number,
  ) =>
    reply
      .code(status)
      .header('location', at(request, upload))
      .header('docker-upload-uuid', upload)
      .header('range', `0-${Math.max(0, received - 1)}`)
      .send();

  const sendCreated = (request: FastifyRequest, reply: FastifyReply, digest: string) =>
    reply
      .code(201)
      .header('location', `${nameOf(request)}/blobs/${digest}`)
      .header('docker-content-digest', digest)
      .send();

  app.post(`${prefix}/blobs/uploads/`, async (request, reply) => {
    const repository = await allow(request, 'push');
    const { digest, mount, from } = request.query as Query;
    const source = mount && from ? repositoryOf(repository.projectId, request, from) : undefined;
    if (source && (await registry.mount(repository, source, requireDigest(mount))))
      return sendCreated(request, reply, requireDigest(mount));
    const whole = digest === undefined ? undefined : requireDigest(digest);
    const upload = await registry.beginUpload(repository);
    if (whole === undefined) return sendProgress(request, reply, upload, 0, 202);
    await registry.append(repository, upload, bodyOf(request));
    await registry.finish(repository, upload, whole);
    return sendCreated(request, reply, whole);
  });

  const url = `${prefix}/blobs/uploads/:upload`;
  app.get(url, async (request, reply) => {
    const repository = await allow(request, 'push');
    const upload = requireUpload(request);
    return sendProgress(request, reply, upload, await registry.received(repository, upload), 204);
  });

  app.patch(url, async (request, reply) => {
    const repository = await allow(request, 'push');
    const upload = requireUpload(request);
    const received = await registry.received(repository, upload);
    if (!follows(request, received)) return sendProgress(request, reply, upload, received, 416);
    return sendProgress(
      request,
      reply,
      upload,
      await registry.append(repository, upload, bodyOf(request)),
      202,
    );
  });

  app.put(url, async (request, reply) => {
    const repository = await allow(request, 'push');
    const upload = requireUpload(request);
    const digest = requireDigest((request.query as Query).digest);
    const received = await registry.received(repository, upload);
    if (!follows(request, received)) return sendProgress(request, reply, upload, received, 416);
    await registry.append(repository, upload, bodyOf(request));
    await registry.finish(repository, upload, digest);
    return sendCreated(request, reply, digest);
  });

  app.delete(url, async (request, reply) => {
    await registry.cancel(await allow(request, 'push'), requireUpload(request));
    return reply.code(204).send();
  });
}

function addManifestRoutes(app: FastifyInstance, registry: Registry, allow: Allow): void {
  const url = `${prefix}/manifests/:reference`;
  app.route({
    method: ['GET', 'HEAD'],
    url,
    handler: async (request, reply) => {
      const repository = await allow(request, 'pull');
      const { digest, mediaType, size } = await registry.manifest(repository, requireReference(request));
      reply.type(mediaType).header('docker-content-digest', digest).header('etag', `"${digest}"`);
      reply.header('content-length', size);
      if (request.method === 'HEAD') return reply.send();
      return reply.send(Readable.from(registry.readBlob(digest), { objectMode: false }));
    },
  });

  app.put(url, async (request, reply) => {
    const repository = await allow(request, 'push');
    const reference = requireReference(request);
    const bytes = await readBody(request);
    const { digest, subject } = await registry.putManifest(
      repository,
      reference,
      bytes,
      request.headers['content-type'],
    );
    if (subject) reply.header('oci-subject', subject);
    return reply
      .code(201)
      .header('location', `${nameOf(request)}/manifests/${digest}`)
      .header('docker-content-digest', digest)
      .send();
  });

  app.get(`${prefix}/tags/list`, async (request, reply) => {
    const repository = await allow(request, 'pull');
    const { n, last = '' } = request.query as Query;
    const limit = n !== undefined && /^\d{1,6}$/.test(n) ? Math.min(Number(n), MOST_TAGS) : MOST_TAGS;
    const found = await registry.tags(repository, last, limit + 1);
    const tags = found.slice(0, limit);
    if (tags.length > 0 && found.length > limit)
      reply.header('link', `<${nameOf(request)}/tags/list?n=${limit}&last=${tags.at(-1)}>; rel="next"`);
    return { name: nameOf(request).slice('/v2/'.length), tags };
  });
}

/** Bodies are content: they are streamed as they come, whatever type they claim. */
function takeAnyBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
}

function bodyOf(request: FastifyRequest): AsyncIterable<Uint8Array> {
  return (request.body as Readable | undefined) ?? Readable.from([]);
}

async function readBody(request: FastifyRequest): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of bodyOf(request)) {
    size += part.length;
    if (size > maxManifestBytes)
      throw new OciError('MANIFEST_INVALID', `the manifest is larger than ${maxManifestBytes} bytes`, {
        status: 413,
      });
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** A chunk that says where it lies has to begin where the upload stands (§ Pushing a blob in chunks). */
function follows(request: FastifyRequest, received: number): boolean {
  const header = request.headers['content-range'];
  if (header === undefined) return true;
  const range = parseContentRange(header);
  const length = request.headers['content-length'];
  if (!range || range.start !== received) return false;
  return length === undefined || Number(length) === range.end - range.start + 1;
}

function nameOf(request: FastifyRequest): string {
  const { project, kind, name } = request.params as Params;
  return `/v2/${project}/${kind}/${name}`;
}

function repositoryName(kind: string, name: string): string {
  if (kind !== 'models' && kind !== 'images')
    throw new OciError('NAME_UNKNOWN', 'repositories are named PROJECT/models/NAME or PROJECT/images/NAME');
  if (!namePart.test(name) || name.length > 128)
    throw new OciError('NAME_INVALID', `“${name}” is no name of a repository`);
  return `${kind}/${name}`;
}

/** The repository to mount from, if it is in the same project; a mount that is none falls back to an upload. */
function repositoryOf(projectId: string, request: FastifyRequest, from: string): Repository | undefined {
  const [project, kind = '', name = '', ...rest] = from.split('/');
  if (rest.length > 0 || project !== (request.params as Params).project) return undefined;
  return { projectId, repository: repositoryName(kind, name) };
}

function requireDigest(digest: string | undefined): string {
  if (digest !== undefined && digestPattern.test(digest)) return digest;
  throw new OciError('DIGEST_INVALID', 'a digest is sha256: and 64 hexadecimal digits');
}

function requireReference(request: FastifyRequest): string {
  const { reference } = request.params as Params;
  if (reference.includes(':')) return requireDigest(reference);
  if (tagPattern.test(reference)) return reference;
  throw new OciError(
    'MANIFEST_INVALID',
    'a tag has at most 128 letters, digits, dots, dashes and underscores',
  );
}

function requireUpload(request: FastifyRequest): string {
  const { upload } = request.params as Params;
  if (uploadPattern.test(upload)) return upload;
  throw new OciError('BLOB_UPLOAD_UNKNOWN', 'there is no such upload; begin a new one with POST');
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
  if (isSkerryError(error, 'CertificateRefused'))
    return sendError(new OciError('DENIED', error.message, { status: 401 }), request, reply, logger);
  logger.error('a request to the registry failed', { method: request.method, url: request.url, error });
  return reply.code(500).send({ errors: [{ code: 'UNKNOWN', message: 'the registry failed to answer' }] });
}
