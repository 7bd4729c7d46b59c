import {
  aliasRequest,
  listOf,
  modelResource,
  modelVersion,
  name,
  registerVersionRequest,
} from '@skerry/contracts';
import { objectParams, sendObject, sendUnlessKnown, writeOf } from '../api/objects.ts';
import type { ProjectRoutes } from '../api/project-routes.ts';
import type { ModelAliases } from './aliases.ts';
import type { ModelVersions } from './versions.ts';

const aliasParams = objectParams.extend({ alias: name });

export function modelRoutes(models: ModelVersions, aliases: ModelAliases): ProjectRoutes {
  return async (app) => {
    app.get(
      '/models',
      { schema: { summary: 'All models', response: { 200: listOf(modelResource) } } },
      async ({ person }) => ({
        items: await models.list(person.projectId),
      }),
    );
    app.get(
      '/models/:name',
      {
        schema: {
          summary: 'A model: its versions and aliases',
          params: objectParams,
          response: { 200: modelResource },
        },
      },
      async ({ person, params }) => models.get(person.projectId, params.name),
    );
    app.post(
      '/models/:name/versions',
      {
        schema: {
          summary: 'Give a pushed digest its version number',
          params: objectParams,
          body: registerVersionRequest,
          response: { 200: modelVersion, 201: modelVersion },
        },
      },
      async ({ person, params, body }, reply) => {
        const { projectId, project, name: by } = person;
        const { version, created } = await models.register({
          projectId,
          project,
          name: params.name,
          digest: body.digest,
          by,
        });
        return reply.code(created ? 201 : 200).send(version);
      },
    );
    app.get(
      '/models/:name/aliases/:alias',
      { schema: { summary: 'An alias', params: aliasParams, response: { 200: aliasRequest } } },
      async (request, reply) =>
        sendUnlessKnown(request, reply, await aliases.get(request.person.projectId, request.params)),
    );
    app.put(
      '/models/:name/aliases/:alias',
      {
        schema: {
          summary: 'Point an alias at a version',
          params: aliasParams,
          body: aliasRequest,
          response: { 200: aliasRequest, 201: aliasRequest },
        },
      },
      async (request, reply) => {
        const saved = await aliases.put(request.params, request.body.version, writeOf(request));
        return sendObject(reply, saved);
      },
    );
    app.delete(
      '/models/:name/aliases/:alias',
      { schema: { summary: 'Remove an alias', params: aliasParams } },
      async (request, reply) => {
        await aliases.remove(request.params, writeOf(request));
        return reply.code(204).send();
      },
    );
  };
}
