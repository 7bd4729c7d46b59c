import { failure } from '../../errors.ts';
import { respond, respondJson } from '../../http/respond.ts';
import type { Handler, Route } from '../../http/router.ts';
import { sampleBody } from '../sample-body.ts';
import { type InferHandlerOptions, inferHandler } from './infer-handler.ts';
import { metadataOf } from './metadata.ts';

export interface RestOptions extends InferHandlerOptions {
  readonly version: string;
  /** False while starting and draining. */
  readonly isReady: () => boolean;
}

/** The Open Inference Protocol, version 2, over REST. */
export function restRoutes(options: RestOptions): Route[] {
  const { models, version, isReady } = options;
  const infer = inferHandler(options);
  const metadata: Handler = (_request, response, [name, number]) =>
    respondJson(response, 200, metadataOf(models.find(name!, number)));
  // Ours alone: `curl …/sample | curl …/infer -d @-` works for any model.
  const sample: Handler = (_request, response, [name, number]) =>
    respondJson(response, 200, sampleBody(models.find(name!, number).inputs));
  const modelReady: Handler = (_request, response, [name, number]) => {
    models.find(name!, number);
    respond(response, 200, 'application/json', '');
  };
  const serverReady: Handler = (_request, response) => {
    if (!isReady()) throw failure('Unavailable', 'the runtime is starting or stopping');
    respond(response, 200, 'application/json', '');
  };
  const live: Handler = (_request, response) => respond(response, 200, 'application/json', '');
  const server: Handler = (_request, response) =>
    respondJson(response, 200, { name: 'skerry', version, extensions: ['binary_tensor_data'] });

  return [
    ...['/v2/models/:model', '/v2/models/:model/versions/:version'].flatMap((path) => [
      { path: `${path}/infer`, verbs: { POST: infer } },
      { path: `${path}/ready`, verbs: { GET: modelReady } },
      { path: `${path}/sample`, verbs: { GET: sample } },
      { path, verbs: { GET: metadata } },
    ]),
    { path: '/v2', verbs: { GET: server } },
    { path: '/v2/health/live', verbs: { GET: live } },
    { path: '/v2/health/ready', verbs: { GET: serverReady } },
  ];
}
