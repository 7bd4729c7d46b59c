import { listOf, name, newPeopleToken, peopleToken, peopleTokenRequest } from '@skerry/contracts';
import { z } from 'zod';
import type { ProjectRoutes } from '../api/project-routes.ts';
import type { PeopleService } from './service.ts';

export function peopleRoutes(people: PeopleService): ProjectRoutes {
  return async (app) => {
    app.get(
      '/people-tokens',
      { schema: { summary: 'Tokens of people', response: { 200: listOf(peopleToken) } } },
      async ({ person }) => ({ items: await people.list(person.projectId) }),
    );
    app.post(
      '/people-tokens',
      {
        schema: {
          summary: 'Make a token; its text is in this answer alone',
          body: peopleTokenRequest,
          response: { 201: newPeopleToken },
        },
      },
      async ({ person, body }, reply) => {
        reply.code(201);
        return people.create({ ...body, projectId: person.projectId, by: person.name });
      },
    );
    app.delete(
      '/people-tokens/:name',
      { schema: { summary: 'Revoke a token', params: z.object({ name }) } },
      async ({ person, params }, reply) => {
        await people.revoke(person.projectId, params.name, person.name);
        return reply.code(204).send();
      },
    );
  };
}
