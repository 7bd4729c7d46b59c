import type { IncomingMessage } from 'node:http';
import type { Handler, Route } from '../http/router.ts';
import { restNeed } from './actions.ts';
import type { Ask, Authorize } from './authorize.ts';
import type { CertificateOf } from './client-certificate.ts';

/** Routes that ask first whether the client may; the same routes where nobody is asked. */
export function guardRoutes(
  routes: readonly Route[],
  authorize: Authorize | undefined,
  certificateOf: CertificateOf,
): readonly Route[] {
  return authorize ? routes.map((route) => guarded(route, authorize, certificateOf)) : routes;
}

function guarded({ path, verbs }: Route, authorize: Authorize, certificateOf: CertificateOf): Route {
  const need = restNeed(path);
  if (need === 'open') return { path, verbs };
  const [model, pipeline] = [positionOf(path, 'models'), positionOf(path, 'pipelines')];
  const ask = (request: IncomingMessage, params: readonly string[]): Ask => ({
    authorization: authorizationOf(request),
    certificate: certificateOf(request.socket),
    need,
    model: params[model],
    pipeline: params[pipeline],
  });
  const guard =
    (handler: Handler): Handler =>
    (request, response, params) => {
      authorize(ask(request, params));
      return handler(request, response, params);
    };
  return {
    path,
    verbs: Object.fromEntries(Object.entries(verbs).map(([verb, handler]) => [verb, guard(handler)])),
  };
}

/** The first of that name. `request.headers`, which is made when first asked for, costs several times as much. */
function authorizationOf({ rawHeaders }: IncomingMessage): string | undefined {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length === 13 && name.toLowerCase() === 'authorization') return rawHeaders[i + 1];
  }
  return undefined;
}

/** Which of the route's parameters follows `/models/`; -1 if none does. */
function positionOf(path: string, kind: 'models' | 'pipelines'): number {
  const segments = path.split('/');
  const params = segments.flatMap((segment, at) => (segment.startsWith(':') ? [segments[at - 1]] : []));
  return params.indexOf(kind);
}
