import type { FastifyPluginAsync } from 'fastify';
import { isUnchanged, preconditionsOf } from '../api/conditional.ts';
import { deviceOf } from '../devices-port/http.ts';
import type { Peers } from '../devices-port/peers.ts';
import { notFound } from '../errors.ts';
import type { DesiredDocuments } from './desired.ts';

/** For devices, on their port: what the hub wants of them. */
export function linkRoutes(desired: DesiredDocuments, peers: Peers): FastifyPluginAsync {
  return async (app) => {
    app.get('/link/v1/desired', { config: { turn: 'documents' } }, async (request, reply) => {
      const { deviceId } = await deviceOf(peers, request);
      const found = await desired.documentOf(deviceId);
      if (!found) throw notFound('device', deviceId);
      reply.header('etag', found.etag).header('cache-control', 'no-cache');
      if (isUnchanged(preconditionsOf(request.headers), found.etag)) return reply.code(304).send();
      return found.document;
    });
  };
}
