import type { Json } from '@skerry/contracts';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Person } from '../people/read-model.ts';

/** Routes under `/api/v1/projects/{project}`; `request.person` may do what the route does. */
export type ProjectRoutes = FastifyPluginAsyncZod;

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set by the hook that guards every route under a project. */
    person: Person;
    /** The JSON body as it was sent, before defaults were filled in. */
    written: Json | undefined;
  }
}
