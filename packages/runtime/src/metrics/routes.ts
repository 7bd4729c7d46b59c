import { respond } from '../http/respond.ts';
import type { Handler, Route } from '../http/router.ts';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/** `GET /metrics`, and `GET /metrics/triton` with Triton's names alone. */
export function metricsRoutes(metrics: () => string, triton: () => string): Route[] {
  const text =
    (write: () => string): Handler =>
    (_request, response) =>
      respond(response, 200, TEXT, write());
  return [
    { path: '/metrics', verbs: { GET: text(metrics) } },
    { path: '/metrics/triton', verbs: { GET: text(triton) } },
  ];
}
