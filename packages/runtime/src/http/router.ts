import type { IncomingMessage, ServerResponse } from 'node:http';
import { failure } from '../errors.ts';

/** `params` are the segments that the path names with a colon, in its order, decoded. May answer later. */
export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  params: readonly string[],
) => void | Promise<void>;

/** Verbs of a path, such as `/v2/models/:model/infer`. */
export interface Route {
  readonly path: string;
  readonly verbs: Readonly<Record<string, Handler>>;
}

export type Router = (request: IncomingMessage) => { handler: Handler; params: readonly string[] };

interface Compiled {
  readonly segments: readonly string[];
  readonly verbs: Readonly<Record<string, Handler>>;
}

/** The first route that fits, in the order given. Throws `NotFound` and `MethodNotAllowed`. */
export function router(routes: readonly Route[]): Router {
  const compiled: Compiled[] = routes.map(({ path, verbs }) => ({ segments: path.split('/'), verbs }));
  return (request) => {
    const path = pathOf(request.url ?? '/');
    const segments = path.split('/');
    for (const route of compiled) {
      if (!fits(route.segments, segments)) continue;
      const handler = handlerOf(route, request.method ?? '');
      if (!handler) throw notAllowed(request, path, route);
      return { handler, params: paramsOf(route.segments, segments) };
    }
    throw failure('NotFound', `there is nothing at ${path}`);
  };
}

// HEAD is GET of which Node sends no body (RFC 9110 §9.3.2).
const handlerOf = ({ verbs }: Compiled, method: string) => verbs[method === 'HEAD' ? 'GET' : method];

/** An address without what stands behind `?`. */
export function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  if (pattern.length !== segments.length) return false;
  for (let i = 1; i < pattern.length; i++)
    if (pattern[i] !== segments[i] && !(isParam(pattern[i]!) && segments[i] !== '')) return false;
  return true;
}

const isParam = (segment: string) => segment.charCodeAt(0) === 58;

function paramsOf(pattern: readonly string[], segments: readonly string[]): string[] {
  const params: string[] = [];
  for (let i = 1; i < pattern.length; i++) if (isParam(pattern[i]!)) params.push(decoded(segments[i]!));
  return params;
}

function decoded(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw failure('InvalidRequest', `the address has a malformed escape: ${segment}`, { cause });
  }
}

function notAllowed({ method }: IncomingMessage, path: string, { verbs }: Compiled): Error {
  const allow = Object.keys(verbs).join(', ');
  return failure('MethodNotAllowed', `${path} takes ${allow}, not ${method}`, { fields: { allow } });
}
