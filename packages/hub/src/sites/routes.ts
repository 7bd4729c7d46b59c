import { listOf, siteObject, siteResource } from '@skerry/contracts';
import { objectParams, sameName, sendObject, sendUnlessKnown, writeOf, writeQuery } from '../api/objects.ts';
import type { ProjectRoutes } from '../api/project-routes.ts';
import type { SiteService } from './service.ts';

export function siteRoutes(sites: SiteService): ProjectRoutes {
  return async (app) => {
    app.get(
      '/sites',
      { schema: { summary: 'All sites', response: { 200: listOf(siteResource) } } },
      async ({ person }) => ({
        items: await sites.list(person.projectId),
      }),
    );
    app.get(
      '/sites/:name',
      { schema: { summary: 'A site', params: objectParams, response: { 200: siteResource } } },
      async (request, reply) =>
        sendUnlessKnown(request, reply, await sites.get(request.person.projectId, request.params.name)),
    );
    app.put(
      '/sites/:name',
      {
        schema: {
          summary: 'Make or change a site',
          params: objectParams,
          querystring: writeQuery,
          body: siteObject,
          response: { 200: siteResource, 201: siteResource },
        },
      },
      async (request, reply) => {
        sameName(request.params.name, request.body.metadata.name);
        const site = await sites.put(request.body, writeOf(request), request.query.dryRun);
        return sendObject(reply, site);
      },
    );
    app.delete(
      '/sites/:name',
      { schema: { summary: 'Remove a site', params: objectParams } },
      async (request, reply) => {
        await sites.remove(request.params.name, writeOf(request));
        return reply.code(204).send();
      },
    );
  };
}
