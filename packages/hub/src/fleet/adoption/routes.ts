import { adopted, adoptRequest, introductionRequest, listOf, waitingDevice } from '@skerry/contracts';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ProjectRoutes } from '../../api/project-routes.ts';
import { bearerOfRequest } from '../../devices-port/http.ts';
import type { Peers } from '../../devices-port/peers.ts';
import type { Adoption } from './service.ts';

/** For people: who waits, and who may come in. */
export function adoptionRoutes(
  adoption: Pick<Adoption, 'list' | 'adopt'>,
  disconnect: (deviceId: string) => void,
): ProjectRoutes {
  return async (app) => {
    app.get(
      '/waiting-devices',
      {
        schema: {
          summary: 'Devices with a certificate of this hub that it does not know',
          response: { 200: listOf(waitingDevice) },
        },
      },
      async ({ person }) => ({ items: await adoption.list(person.projectId) }),
    );
    app.post(
      '/waiting-devices/:id/adopt',
      {
        schema: {
          summary: 'Take such a device into the fleet, under the id that it has',
          params: z.object({ id: z.uuid() }),
          body: adoptRequest,
          response: { 200: adopted },
        },
      },
      async ({ person, params, body }) => {
        const adopted = await adoption.adopt(person.projectId, params.id, body.name, person.name);
        // What was decided about its connections no longer holds.
        disconnect(params.id);
        return adopted;
      },
    );
  };
}

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
