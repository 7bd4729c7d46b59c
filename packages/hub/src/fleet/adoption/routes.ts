import { introductionRequest } from '@skerry/contracts';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { bearerOfRequest } from '../../devices-port/http.ts';
import type { Peers } from '../../devices-port/peers.ts';
import type { Adoption } from './service.ts';

/** For devices, on their port: how they stand. */
export function introductionRoutes(
  adoption: Pick<Adoption, 'introduce'>,
  peers: Peers,
): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      '/link/v1/introduction',
      { config: { admits: 'unknown' }, schema: { body: introductionRequest } },
      async (request) => {
        const device = await bearerOfRequest(peers, request);
        return adoption.introduce({ ...device, address: request.ip }, request.body);
      },
    );
  };
}
