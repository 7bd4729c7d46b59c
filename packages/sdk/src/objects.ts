import type { z } from 'zod';
import type { Caller, Tagged } from './caller.ts';
import { isHubError } from './errors.ts';
import { readAll } from './lists.ts';

export interface WriteOptions {
  /** Only if the object is still in this state; {@link nothingYet}: only if there is none yet. */
  readonly ifMatch?: string | undefined;
  /** Says what would be and changes nothing. */
  readonly dryRun?: boolean | undefined;
}

/** The objects of one kind: plain REST resources by name (RFC 9110: ETag, If-Match). */
export interface Objects<Resource, Written> {
  list(): Promise<Resource[]>;
  /** Throws `NotFound`. */
  get(name: string): Promise<Tagged<Resource>>;
  /** Undefined where there is none. */
  find(name: string): Promise<Tagged<Resource> | undefined>;
  put(object: Written, options?: WriteOptions): Promise<Tagged<Resource>>;
  remove(name: string, options?: Pick<WriteOptions, 'ifMatch'>): Promise<void>;
}

export const nothingYet = 'none';

interface Named {
  readonly metadata: { readonly name: string };
}

export function objectsOf<Schema extends z.ZodType, Written extends Named>(
  caller: Caller,
  base: string,
  schema: Schema,
): Objects<z.output<Schema>, Written> {
  const at = (name: string) => `${base}/${encodeURIComponent(name)}`;
  const get = (name: string) => caller.readTagged(schema, { method: 'GET', path: at(name) });
  return {
    get,
    list: () => readAll(caller, schema, { method: 'GET', path: base }),
    async find(name) {
      try {
        return await get(name);
      } catch (error) {
        if (isHubError(error, 'NotFound')) return undefined;
        throw error;
      }
    },
    put: (object, { ifMatch, dryRun } = {}) =>
      caller.readTagged(schema, {
        method: 'PUT',
        path: at(object.metadata.name),
        query: { dryRun },
        headers: conditions(ifMatch),
        json: object,
      }),
    async remove(name, { ifMatch } = {}) {
      await caller.send({ method: 'DELETE', path: at(name), headers: conditions(ifMatch) });
    },
  };
}

function conditions(ifMatch: string | undefined): Record<string, string> {
  if (ifMatch === undefined) return {};
  return ifMatch === nothingYet ? { 'if-none-match': '*' } : { 'if-match': ifMatch };
}
