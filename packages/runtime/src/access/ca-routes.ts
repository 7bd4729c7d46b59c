import { respond } from '../http/respond.ts';
import type { Route } from '../http/router.ts';
import type { Authority } from './security.ts';

/** `GET /ca.crt`: the authority (PEM) that a client has to trust, for everybody; who fetches it compares its fingerprint. */
export function caRoutes(ca: Authority | undefined): readonly Route[] {
  if (ca === undefined) return [];
  return [
    {
      path: '/ca.crt',
      verbs: { GET: (_request, response) => respond(response, 200, 'application/x-pem-file', ca.pem) },
    },
  ];
}
