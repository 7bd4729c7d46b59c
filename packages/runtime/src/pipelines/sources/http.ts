import type { IncomingHttpHeaders } from 'node:http';
import { readBody } from '../../http/body.ts';
import type { Handler, Route } from '../../http/router.ts';
import type { ErrorWriter } from '../../http/server.ts';
import type { Central, ForwardedRequest } from '../../serving/central.ts';

/**
 * `POST /pipelines/{name}/frames`: a CloudEvent in binary mode; 200 with the answer once its results are durable.
 * Any thread takes it, and the coordinator's, where the pipelines are, answers.
 *
 * @param bodyLimit  bytes of a frame, at most
 */
export function frameRoutes(central: Central, bodyLimit: number, respondError: ErrorWriter): Route[] {
  const post: Handler = (request, response, [name]) => {
    const path = `/pipelines/${encodeURIComponent(name!)}/frames`;
    const headers = eventHeaders(request.headers);
    readBody(request, bodyLimit, (error, body) => {
      const answered = error
        ? Promise.reject(error)
        : central.forward({ method: 'POST', path, headers, body });
      answered.then(
        ({ status, headers, body }) => {
          response.writeHead(status, { ...headers, 'content-length': body.length });
          response.end(body);
        },
        (failed) => respondError(response, failed),
      );
    });
  };
  return [{ path: '/pipelines/:name/frames', verbs: { POST: post } }];
}

/** Those of the event alone: no credential goes further than it has to. */
function eventHeaders(headers: IncomingHttpHeaders): ForwardedRequest['headers'] {
  const wanted = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' && (name.startsWith('ce-') || name === 'content-type') ? [[name, value]] : [],
  );
  return Object.fromEntries(wanted);
}
