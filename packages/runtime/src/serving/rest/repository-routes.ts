import { z } from 'zod';
import { failure } from '../../errors.ts';
import { readJson } from '../../http/json.ts';
import { respond, respondJson } from '../../http/respond.ts';
import type { Handler, Route } from '../../http/router.ts';
import type { Central } from '../central.ts';
import { refuseUpload } from '../refuse-upload.ts';

const BODY_LIMIT = 1024 * 1024;

const indexBody = z.object({ ready: z.boolean().default(false) });
const loadBody = z.object({ parameters: z.record(z.string(), z.unknown()).default({}) });

/** Triton's extension `model_repository`, for what is in the repository: nothing can be put there by this way. */
export function repositoryRoutes(central: Central): Route[] {
  const index: Handler = async (request, response) => {
    const { ready } = parsed(indexBody, await readJson(request, BODY_LIMIT));
    respondJson(response, 200, await central.index(ready));
  };
  const load: Handler = async (request, response, [name]) => {
    refuseUpload(Object.keys(parsed(loadBody, await readJson(request, BODY_LIMIT)).parameters));
    await central.load(name!);
    respond(response, 200, 'application/json', '');
  };
  const unload: Handler = async (request, response, [name]) => {
    parsed(loadBody, await readJson(request, BODY_LIMIT));
    await central.unload(name!);
    respond(response, 200, 'application/json', '');
  };
  return ['/v2/repository', '/v2/repository/:repository'].flatMap((path) => [
    { path: `${path}/index`, verbs: { POST: index } },
    { path: `${path}/models/:model/load`, verbs: { POST: load } },
    { path: `${path}/models/:model/unload`, verbs: { POST: unload } },
  ]);
}

function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const { path, message } = error.issues[0]!;
  throw failure('InvalidRequest', `${path.join('.') || 'the body'}: ${message}`);
}
