import { hubEvent, id, listOf, name } from '@skerry/contracts';
import { z } from 'zod';
import type { ProjectRoutes } from '../api/project-routes.ts';
import type { Db } from '../db/schema.ts';
import { listEvents } from './store.ts';
import type { EventRow } from './tables.ts';

const query = z
  .strictObject({
    device: name.optional(),
    deployment: name.optional(),
    limit: z.coerce.number().int().min(1).max(1000).default(100),
    before: id.optional(),
  })
  .refine(
    ({ device, deployment }) => !(device && deployment),
    'ask for a device or for a deployment, not for both',
  );

export function eventRoutes(db: Db): ProjectRoutes {
  return async (app) => {
    app.get(
      '/events',
      {
        schema: {
          summary: 'What happened, newest first',
          querystring: query,
          response: { 200: listOf(hubEvent) },
        },
      },
      async ({ person, query: { device, deployment, limit, before } }) => {
        const about = device ? `device/${device}` : deployment && `deployment/${deployment}`;
        const rows = await listEvents(db, { projectId: person.projectId, about, limit: limit + 1, before });
        const items = rows.slice(0, limit).map(describe);
        return { items, ...(rows.length > limit && { next: items.at(-1)!.id }) };
      },
    );
  };
}

const describe = ({ id, at, severity, reason, message, actor, about }: EventRow) => ({
  id,
  at,
  severity,
  reason,
  message,
  by: actor,
  about,
});
