import { commandRequest, commandResource, id, listOf, name } from '@skerry/contracts';
import { z } from 'zod';
import { objectParams } from '../api/objects.ts';
import type { ProjectRoutes } from '../api/project-routes.ts';
import type { CommandService } from './service.ts';

const commandParams = z.object({ project: name, name, id });
/** Less than the silence after which connections are cut. */
const waitQuery = z.strictObject({ waitSeconds: z.coerce.number().min(0).max(20).default(0) });
const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.coerce.number().int().positive().optional(),
});

export function commandRoutes(commands: Pick<CommandService, 'ask' | 'get' | 'list'>): ProjectRoutes {
  return async (app) => {
    app.post(
      '/devices/:name/commands',
      {
        schema: {
          summary: 'Ask a device to do something, now or when it is back',
          params: objectParams,
          body: commandRequest,
          response: { 202: commandResource },
        },
      },
      async ({ person, params, body: request }, reply) => {
        const { projectId, name: by, project } = person;
        const made = await commands.ask({ projectId, device: params.name, by, request });
        const location = `/api/v1/projects/${project}/devices/${params.name}/commands/${made.id}`;
        return reply.code(202).header('location', location).send(made);
      },
    );
    app.get(
      '/devices/:name/commands',
      {
        schema: {
          summary: 'What a device was asked to do, newest first',
          params: objectParams,
          querystring: listQuery,
          response: { 200: listOf(commandResource) },
        },
      },
      async ({ person, params, query: { limit, before } }) =>
        commands.list(person.projectId, params.name, { limit, before }),
    );
    app.get(
      '/devices/:name/commands/:id',
      {
        schema: {
          summary: 'A command and what came of it; `waitSeconds` waits for that',
          params: commandParams,
          querystring: waitQuery,
          response: { 200: commandResource },
        },
      },
      async ({ person, params, query }) =>
        commands.get(person.projectId, params.name, params.id, query.waitSeconds * 1000),
    );
  };
}
