import {
  type ChainResponse,
  chainResponse,
  type HubInfo,
  hubInfo,
  type RootsResponse,
  rootsResponse,
  whoAmI,
} from '@skerry/contracts';
import type { FastifyInstance } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { sql } from 'kysely';
import type { Registry } from 'prom-client';
import type { Db } from '../db/schema.ts';
import { hubError } from '../errors.ts';
import { authenticate } from '../people/read-model.ts';

export interface SystemRoutesOptions {
  readonly db: Db;
  readonly info: () => HubInfo;
  readonly chain: () => ChainResponse;
  readonly roots: () => RootsResponse;
  readonly metrics: Registry;
  /** False from the moment that the hub begins to stop. */
  readonly isAccepting: () => boolean;
}

/** What monitors, and people who have no token yet, may ask. None of it names a device. */
export function systemRoutes({
  db,
  info,
  chain,
  roots,
  metrics,
  isAccepting,
}: SystemRoutesOptions): (app: FastifyInstance) => Promise<void> {
  const routes: FastifyPluginAsyncZod = async (app) => {
    app.get('/healthz', { schema: { hide: true } as never }, async () => ({ status: 'ok' }));
    app.get('/readyz', { schema: { hide: true } as never }, async () => {
      if (!isAccepting()) throw hubError('Unavailable', 'the hub is stopping');
      await sql`select 1`.execute(db);
      return { status: 'ready' };
    });
    app.get('/metrics', { schema: { hide: true } as never }, async (_request, reply) => {
      reply.type(metrics.contentType);
      return reply.send(await metrics.metrics());
    });
    app.get(
      '/api/v1/info',
      { schema: { summary: 'Who this hub is', security: [], response: { 200: hubInfo } } },
      async () => info(),
    );
    app.get(
      '/api/v1/chain',
      { schema: { summary: 'The certificates of this hub', security: [], response: { 200: chainResponse } } },
      async () => chain(),
    );
    app.get(
      '/api/v1/roots',
      {
        schema: {
          summary: 'All roots of this hub, and what each signed about the next',
          security: [],
          response: { 200: rootsResponse },
        },
      },
      async () => roots(),
    );
    app.get(
      '/api/v1/whoami',
      { schema: { summary: 'Who the token speaks for', response: { 200: whoAmI } } },
      async (request) => {
        const { name, role, project } = await authenticate(db, request.headers.authorization);
        return { name, role, project };
      },
    );
  };
  return routes as never;
}
