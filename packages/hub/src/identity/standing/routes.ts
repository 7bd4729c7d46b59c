import { objectParams, writeOf } from '../../api/objects.ts';
import type { ProjectRoutes } from '../../api/project-routes.ts';
import type { Standing } from './service.ts';

export function standingRoutes(
  standing: Pick<Standing, 'revoke'>,
  disconnect: (deviceId: string) => void,
): ProjectRoutes {
  return async (app) => {
    app.post(
      '/devices/:name/revoke',
      {
        schema: {
          summary: 'Revoke a device: it is cut off and stays in the fleet',
          params: objectParams,
        },
      },
      async (request, reply) => {
        disconnect(await standing.revoke(request.params.name, writeOf(request)));
        return reply.code(204).send();
      },
    );
  };
}
