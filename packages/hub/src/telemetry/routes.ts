import { listOf, storedMessage, streamName, streamSummary } from '@skerry/contracts';
import { z } from 'zod';
import { objectParams } from '../api/objects.ts';
import type { ProjectRoutes } from '../api/project-routes.ts';
import type { TelemetryService } from './service.ts';

const messageQuery = z.strictObject({
  stream: streamName.optional(),
  after: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(5000).default(1000),
});

export function telemetryRoutes(telemetry: TelemetryService): ProjectRoutes {
  return async (app) => {
    app.get(
      '/devices/:name/messages',
      {
        schema: {
          summary: 'What a device sent, in the order of arrival',
          params: objectParams,
          querystring: messageQuery,
          response: { 200: listOf(storedMessage) },
        },
      },
      async ({ person, params, query }, reply) => {
        const page = await telemetry.messages(person.projectId, params.name, query);
        return reply.type('application/json').send(page as never);
      },
    );
    app.get(
      '/devices/:name/streams',
      {
        schema: {
          summary: 'How far each stream of a device has come',
          params: objectParams,
          response: { 200: listOf(streamSummary) },
        },
      },
      async ({ person, params }) => ({ items: await telemetry.streams(person.projectId, params.name) }),
    );
  };
}
