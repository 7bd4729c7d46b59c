import type { FastifyInstance } from 'fastify';
import { hubError } from '../errors.ts';

const deepest = 64;

/** Reads JSON bodies: none nested deeper than anything of ours, none with keys that reach into prototypes. */
export function readJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.decorateRequest('written', undefined);
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (depthOf(body as string) > deepest) {
      done(hubError('InvalidRequest', `the body is nested deeper than ${deepest} levels`));
      return;
    }
    parse(request, body as string, (error, value) => {
      request.written = value;
      done(error, value);
    });
  });
}

/** How deep brackets are nested, outside strings; scanned, since a parser might recurse. */
function depthOf(json: string): number {
  let depth = 0;
  let most = 0;
  let quoted = false;
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (quoted && character === '\\') at++;
    else if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === '[' || character === '{') most = Math.max(most, ++depth);
    else if (character === ']' || character === '}') depth--;
  }
  return most;
}
