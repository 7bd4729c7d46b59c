import { name } from '@skerry/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { hubError } from '../errors.ts';
import { entityTag, isUnchanged, type Preconditions, preconditionsOf } from './conditional.ts';

/** The parameters of an object's address. */
export const objectParams = z.object({ project: name, name });
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(5000).default(1000),
  after: name.optional(),
});

/** Of a write: whether to say what would be, and change nothing. */
export const writeQuery = z.strictObject({ dryRun: z.stringbool().default(false) });

/** Answers with an object and its tag. */
export function sendObject<T>(reply: FastifyReply, object: Tagged<T>): T {
  reply.header('etag', entityTag(object.tag)).code(object.created ? 201 : 200);
  return object.body;
}

/** The same, or 304 when the reader has it already: for objects of which nothing changes without the tag. */
export function sendUnlessKnown<T>(request: FastifyRequest, reply: FastifyReply, object: Tagged<T>): T {
  const known = isUnchanged(preconditionsOf(request.headers), entityTag(object.tag));
  const body = sendObject(reply, object);
  return known ? (reply.code(304).send() as T) : body;
}

export interface Tagged<T> {
  readonly tag: { readonly id: string; readonly generation: number };
  readonly body: T;
  /** Whether the request made the object. */
  readonly created?: boolean;
}

/** The name in the body has to be the one in the address. */
export function sameName(inAddress: string, inBody: string): void {
  if (inAddress !== inBody)
    throw hubError('InvalidRequest', `the address names “${inAddress}”, the body “${inBody}”`, {
      pointer: '/metadata/name',
    });
}

/** Who asks for a write, and what they demand of the state that it finds. */
export interface Write {
  readonly projectId: string;
  readonly by: string;
  readonly preconditions: Preconditions;
}

export function writeOf(request: FastifyRequest): Write {
  const { person, headers } = request;
  return { projectId: person.projectId, by: person.name, preconditions: preconditionsOf(headers) };
}

/** A page of rows by name: one more is read than is shown, to know whether there are more. */
export function pageOf<Row extends { name: string }>(rows: readonly Row[], limit: number) {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit ? last?.name : undefined };
}
