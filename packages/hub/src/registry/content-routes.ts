import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Allow } from './access.ts';
import { atOnce, type Giving } from './giving.ts';
import { type ByteRange, parseRange } from './ranges.ts';
import {
  addressOf,
  type Params,
  prefix,
  type Query,
  readManifestBody,
  requireDigest,
  requireReference,
} from './request.ts';
import type { Registry } from './service.ts';

const MOST_TAGS = 1000;

/** Blobs by digest, whole or in part. */
export function addBlobRoutes(
  app: FastifyInstance,
  registry: Registry,
  allow: Allow,
  giving: Giving = atOnce,
): void {
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
      return sendBytes(request, reply, size, (range) => {
        const amount = range.end - range.start + 1;
        return giving(registry.readBlob(digest, range), amount, request, reply);
      });
    },
  });
}

async function sendBytes(
  request: FastifyRequest,
  reply: FastifyReply,
  size: number,
  read: (range: ByteRange) => Promise<AsyncIterable<Uint8Array>>,
): Promise<FastifyReply> {
  const range = parseRange(request.headers.range, size);
  if (range === 'unsatisfiable') {
    return reply.code(416).header('content-range', `bytes */${size}`).send();
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  const chunks = request.method === 'HEAD' ? undefined : await read({ start, end });
  if (range) reply.code(206).header('content-range', `bytes ${start}-${end}/${size}`);
  reply.type('application/octet-stream').header('content-length', end - start + 1);
  return reply.send(chunks && Readable.from(chunks, { objectMode: false }));
}

/** Manifests by tag and by digest, and the list of tags. */
export function addManifestRoutes(app: FastifyInstance, registry: Registry, allow: Allow): void {
  const url = `${prefix}/manifests/:reference`;
  app.route({
    method: ['GET', 'HEAD'],
    url,
    config: { turn: 'documents' },
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
    const bytes = await readManifestBody(request);
    const { digest, subject } = await registry.putManifest(
      repository,
      reference,
      bytes,
      request.headers['content-type'],
    );
    if (subject) reply.header('oci-subject', subject);
    return reply
      .code(201)
      .header('location', `${addressOf(request)}/manifests/${digest}`)
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
      reply.header('link', `<${addressOf(request)}/tags/list?n=${limit}&last=${tags.at(-1)}>; rel="next"`);
    return { name: addressOf(request).slice('/v2/'.length), tags };
  });
}
