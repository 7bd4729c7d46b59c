import { objectParams, writeOf } from '../api/objects.ts';
import type { ProjectRoutes } from '../api/project-routes.ts';
import type { ContinuityService } from './service.ts';

export function continuityRoutes(continuity: Pick<ContinuityService, 'admit'>): ProjectRoutes {
  return async (app) => {
    app.post(
      '/devices/:name/admit',
      {
        schema: {
          summary: 'Let a device that was found restored or cloned go on as it is now',
          params: objectParams,
        },
      },
      async (request, reply) => {
        await continuity.admit(request.params.name, writeOf(request));
        return reply.code(204).send();
      },
    );
  };
}
