import {
  type ChainResponse,
  deviceToken,
  deviceTokenRequest,
  joinRequest,
  listOf,
  newDeviceToken,
  type RootsResponse,
  renewRequest,
} from '@skerry/contracts';
import type { Clock } from '@skerry/kit';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ProjectRoutes } from '../api/project-routes.ts';
import { deviceOf } from '../devices-port/http.ts';
import type { Peers } from '../devices-port/peers.ts';
import { hubError } from '../errors.ts';
import type { Authority } from './authority.ts';
import type { Joining } from './join.ts';
import { rateLimit } from './rate-limit.ts';
import type { DeviceTokens } from './tokens.ts';

/** For people: what lets devices join. */
export function deviceTokenRoutes(tokens: DeviceTokens): ProjectRoutes {
  return async (app) => {
    app.get(
      '/device-tokens',
      { schema: { summary: 'Join tokens of devices', response: { 200: listOf(deviceToken) } } },
      async ({ person }) => ({ items: await tokens.list(person.projectId) }),
    );
    app.post(
      '/device-tokens',
      {
        schema: {
          summary: 'Make a join token; its text is in this answer alone',
          body: deviceTokenRequest,
          response: { 201: newDeviceToken },
        },
      },
      async ({ person, body }, reply) => {
        reply.code(201);
        return tokens.create(person.projectId, body, person.name);
      },
    );
    app.delete(
      '/device-tokens/:id',
      { schema: { summary: 'Revoke a join token', params: z.object({ id: z.uuid() }) } },
      async ({ person, params }, reply) => {
        await tokens.revoke(person.projectId, params.id, person.name);
        return reply.code(204).send();
      },
    );
  };
}

/** All roots that there ever were, and what each signed about the next. */
export const rootsOf = ({ hubId, roots, statements }: Authority): RootsResponse => ({
  hubId,
  roots: roots.map(String),
  statements: [...statements],
});

/** Attempts to join from one address in a minute. */
const JOINS_PER_MINUTE = 600;

/** For devices, on their port: who the hub is, joining, renewing. */
export function joinRoutes(
  authority: Authority,
  joining: Joining,
  peers: Peers,
  clock: Clock,
): FastifyPluginAsyncZod {
  const mayTry = rateLimit(clock, JOINS_PER_MINUTE);
  return async (app) => {
    app.get('/join/v1/chain', { config: { admits: 'anyone' } }, async (): Promise<ChainResponse> => {
      return { hubId: authority.hubId, chain: [authority.hubIssuer, authority.root].map(String) };
    });
    app.get('/join/v1/roots', { config: { admits: 'anyone' } }, async () => rootsOf(authority));
    app.post(
      '/join/v1/devices',
      { config: { admits: 'anyone' }, schema: { body: joinRequest } },
      async ({ body, ip }) => {
        if (!mayTry(ip)) throw hubError('TooManyRequests', 'this address tries to join too often');
        return joining.join(body);
      },
    );
    app.post(
      '/link/v1/renew',
      { config: { admits: 'expired', turn: 'documents' }, schema: { body: renewRequest } },
      async (request) => joining.renew(await deviceOf(peers, request), request.body),
    );
  };
}
