import {
  deploymentObject,
  deploymentResource,
  deploymentRevision,
  listOf,
  undoRequest,
} from '@skerry/contracts';
import type { FastifyRequest } from 'fastify';
import { objectParams, sameName, sendObject, writeOf, writeQuery } from '../api/objects.ts';
import type { ProjectRoutes } from '../api/project-routes.ts';
import type { DeploymentWrite } from './revise.ts';
import type { DeploymentService } from './service.ts';

const writeTo = (request: FastifyRequest): DeploymentWrite => ({
  ...writeOf(request),
  project: request.person.project,
});

export function deploymentRoutes(deployments: DeploymentService): ProjectRoutes {
  return async (app) => {
    app.get(
      '/deployments',
      { schema: { summary: 'All deployments', response: { 200: listOf(deploymentResource) } } },
      async ({ person }) => ({ items: await deployments.list(person.projectId) }),
    );
    app.get(
      '/deployments/:name',
      { schema: { summary: 'A deployment', params: objectParams, response: { 200: deploymentResource } } },
      async (request, reply) =>
        sendObject(reply, await deployments.get(request.person.projectId, request.params.name)),
    );
    app.put(
      '/deployments/:name',
      {
        schema: {
          summary: 'Make or change a deployment, or say what that would do',
          params: objectParams,
          querystring: writeQuery,
          body: deploymentObject,
          response: { 200: deploymentResource, 201: deploymentResource },
        },
      },
      async (request, reply) => {
        const { body: object, written = null, query } = request;
        sameName(request.params.name, object.metadata.name);
        const saved = await deployments.put({ object, written, dryRun: query.dryRun }, writeTo(request));
        return sendObject(reply, saved);
      },
    );
    app.delete(
      '/deployments/:name',
      { schema: { summary: 'Remove a deployment', params: objectParams } },
      async (request, reply) => {
        await deployments.remove(request.params.name, writeTo(request));
        return reply.code(204).send();
      },
    );
    app.get(
      '/deployments/:name/history',
      {
        schema: {
          summary: 'Its revisions, newest first',
          params: objectParams,
          response: { 200: listOf(deploymentRevision) },
        },
      },
      async ({ person, params }) => ({ items: await deployments.history(person.projectId, params.name) }),
    );
    app.post(
      '/deployments/:name/undo',
      {
        schema: {
          summary: 'Set it back to a former revision, by making a new one',
          params: objectParams,
          body: undoRequest,
          response: { 200: deploymentResource },
        },
      },
      async (request, reply) =>
        sendObject(
          reply,
          await deployments.undo(request.params.name, request.body.toGeneration, writeTo(request)),
        ),
    );
  };
}
