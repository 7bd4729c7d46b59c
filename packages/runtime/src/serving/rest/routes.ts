import { failure } from '../../errors.ts';
import { respond, respondJson } from '../../http/respond.ts';
import type { Handler, Route } from '../../http/router.ts';
import type { Central } from '../central.ts';
import { extensions, metadataOf } from '../metadata.ts';
import { modelConfigOf } from '../model-config.ts';
import { sampleBody } from '../sample-body.ts';
import { type InferHandlerOptions, inferHandler } from './infer-handler.ts';
import { repositoryRoutes } from './repository-routes.ts';

export interface RestOptions extends InferHandlerOptions {
  readonly version: string;
  /** False while starting and draining. */
  readonly isReady: () => boolean;
  readonly central: Central;
}

/** The Open Inference Protocol, version 2, over REST, with the extensions that its server metadata names. */
export function restRoutes(options: RestOptions): Route[] {
  const { models, version, isReady, central } = options;
  const serverReady: Handler = (_request, response) => {
    if (!isReady()) throw failure('Unavailable', 'the runtime is starting or stopping');
    respond(response, 200, 'application/json', '');
  };
  const live: Handler = (_request, response) => respond(response, 200, 'application/json', '');
  const server: Handler = (_request, response) =>
    respondJson(response, 200, { name: 'skerry', version, extensions });
  const statistics: Handler = async (_request, response, [name, number]) => {
    if (name !== undefined) models.find(name, number);
    respondJson(response, 200, { model_stats: await central.statistics(name, number) });
  };

  return [
    // Before the route of a model that would be called so.
    { path: '/v2/models/stats', verbs: { GET: statistics } },
    ...modelRoutes(options, statistics),
    { path: '/v2', verbs: { GET: server } },
    { path: '/v2/health/live', verbs: { GET: live } },
    { path: '/v2/health/ready', verbs: { GET: serverReady } },
    ...repositoryRoutes(central),
  ];
}

/** What there is of each model, and of each of its versions, by number or alias. */
function modelRoutes(options: RestOptions, statistics: Handler): Route[] {
  const { models } = options;
  const infer = inferHandler(options);
  const metadata: Handler = (_request, response, [name, number]) =>
    respondJson(response, 200, metadataOf(models, name!, number));
  const config: Handler = (_request, response, [name, number]) =>
    respondJson(response, 200, modelConfigOf(models, name!, number));
  // Ours alone: `curl …/sample | curl …/infer -d @-` works for any model.
  const sample: Handler = (_request, response, [name, number]) =>
    respondJson(response, 200, sampleBody(models.find(name!, number).inputs));
  const ready: Handler = (_request, response, [name, number]) => {
    models.find(name!, number);
    respond(response, 200, 'application/json', '');
  };
  return ['/v2/models/:model', '/v2/models/:model/versions/:version'].flatMap((path) => [
    { path: `${path}/infer`, verbs: { POST: infer } },
    { path: `${path}/ready`, verbs: { GET: ready } },
    { path: `${path}/config`, verbs: { GET: config } },
    { path: `${path}/stats`, verbs: { GET: statistics } },
    { path: `${path}/sample`, verbs: { GET: sample } },
    { path, verbs: { GET: metadata } },
  ]);
}
