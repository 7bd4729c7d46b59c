import { deviceDesired, deviceObject, deviceResource, listOf } from '@skerry/contracts';
import { objectParams, pageQuery, sameName, sendObject, writeOf, writeQuery } from '../api/objects.ts';
import type { ProjectRoutes } from '../api/project-routes.ts';
import type { FleetService } from './service.ts';

export function fleetRoutes(fleet: FleetService): ProjectRoutes {
  return async (app) => {
    app.get(
      '/devices',
      {
        schema: {
          summary: 'Devices by name',
          querystring: pageQuery,
          response: { 200: listOf(deviceResource) },
        },
      },
      async ({ person, query }) => fleet.list(person.projectId, query),
    );
    app.get(
      '/devices/:name',
      { schema: { summary: 'A device', params: objectParams, response: { 200: deviceResource } } },
      async ({ person, params }, reply) => sendObject(reply, await fleet.get(person.projectId, params.name)),
    );
    app.put(
      '/devices/:name',
      {
        schema: {
          summary: 'Set labels and site of a device that has joined',
          params: objectParams,
          querystring: writeQuery,
          body: deviceObject,
          response: { 200: deviceResource },
        },
      },
      async (request, reply) => {
        sameName(request.params.name, request.body.metadata.name);
        return sendObject(reply, await fleet.put(request.body, writeOf(request), request.query.dryRun));
      },
    );
    app.delete(
      '/devices/:name',
      { schema: { summary: 'Remove a device and revoke its certificates', params: objectParams } },
      async (request, reply) => {
        await fleet.remove(request.params.name, writeOf(request));
        return reply.code(204).send();
      },
    );
    app.get(
      '/devices/:name/desired',
      {
        schema: {
          summary: 'What the device should do, and which deployment put each field there',
          params: objectParams,
          response: { 200: deviceDesired },
        },
      },
      async ({ person, params }) => fleet.desired(person.projectId, params.name) as never,
    );
  };
}
