import type { FastifyRequest } from 'fastify';
import type { Repository } from './store.ts';

export type Right = 'pull' | 'push';

/** Decides whether a request may, and gives the id of the project; throws `OciError`. Without a project: who it is. */
export type Authorize = (
  request: FastifyRequest,
  project: string | undefined,
  right: Right,
) => Promise<string>;

/** Whether a request may, and on which repository; throws `OciError`. */
export type Allow = (request: FastifyRequest, right: Right) => Promise<Repository>;
