import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Allow } from './access.ts';
import {
  addressOf,
  bodyOf,
  follows,
  mountSource,
  prefix,
  type Query,
  requireDigest,
  requireUpload,
} from './request.ts';
import type { Registry } from './service.ts';

/** Pushing blobs: at once, in one go after a POST, or in chunks that go on where a cut left them. */
export function addUploadRoutes(app: FastifyInstance, registry: Registry, allow: Allow): void {
  const at = (request: FastifyRequest, upload: string) => `${addressOf(request)}/blobs/uploads/${upload}`;

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
      .header('location', `${addressOf(request)}/blobs/${digest}`)
      .header('docker-content-digest', digest)
      .send();

  app.post(`${prefix}/blobs/uploads/`, async (request, reply) => {
    const repository = await allow(request, 'push');
    const { digest, mount, from } = request.query as Query;
    const source = mount && from ? mountSource(repository.projectId, request, from) : undefined;
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
