import { z } from 'zod';
import { pipelineSpec } from '../files/pipeline.ts';
import { outboxDrops } from '../messages/outbox.ts';
import { phase } from '../status/reported.ts';

/*
 * The runtime's side that only its agent sees: HTTP over `{state}/admin.sock`.
 *
 *   GET    /v1/status                             → runtimeStatus
 *   POST   /v2/repository/models/{name}/load      loadRequest → 200 when the version serves, else 400 adminError
 *   POST   /v2/repository/models/{name}/unload    → 200
 *   PUT    /v1/pipelines/{name}                   pipelineSpec → 200
 *   DELETE /v1/pipelines/{name}                   → 200
 *   POST   /v2/repository/index                   → every version with its state (OIP repository extension)
 *   PUT    /v1/time                               timeRequest → 200: from now on the time is known, or not, and the hub's if it is
 */

/** Parameters of the repository extension's load: a folder on this machine holds the files. */
export const loadRequest = z.object({
  parameters: z.object({
    folder: z.string().max(4096),
    version: z.string().max(32),
    digest: z.string().max(128),
  }),
});
export type LoadRequest = z.infer<typeof loadRequest>;

/** `error` is the sentence that OIP's clients expect, `code` one of the catalogue. */
export const adminError = z.object({ error: z.string(), code: z.string() });
export type AdminError = z.infer<typeof adminError>;

const latency = { p50Us: z.number().optional(), p99Us: z.number().optional() };
const why = { reason: z.string().optional(), message: z.string().optional() };

/** One version of a model; a name has two while one is on its way in or was refused. */
export const runtimeModel = z.object({
  name: z.string(),
  version: z.string(),
  digest: z.string(),
  phase,
  ...why,
  ...latency,
  /** Inferences since it was loaded. */
  count: z.number().int().nonnegative(),
});
export type RuntimeModel = z.infer<typeof runtimeModel>;

export const runtimePipeline = z.object({
  name: z.string(),
  spec: pipelineSpec,
  phase,
  ...why,
  /** Of the whole way from decode to the last stage. */
  ...latency,
  frames: z.number().int().nonnegative(),
  failed: z.number().int().nonnegative(),
  captured: z.number().int().nonnegative(),
  /** What each sink did; `waiting` is its queue. */
  sinks: z.record(
    z.string(),
    z.object({ delivered: z.number().int(), failed: z.number().int(), waiting: z.number().int() }),
  ),
});
export type RuntimePipeline = z.infer<typeof runtimePipeline>;

export const runtimeStatus = z.object({
  /** Made anew at every start of the runtime. */
  instanceId: z.uuid(),
  pid: z.number().int(),
  stateFolder: z.string(),
  /** Base addresses. */
  rest: z.string(),
  /** `HOST:PORT`; earlier runtimes have none. */
  grpc: z.string().optional(),
  metrics: z.string(),
  /** PEM: what clients have to trust, where the runtime made it itself. */
  ca: z.string().optional(),
  models: z.array(runtimeModel),
  pipelines: z.array(runtimePipeline),
  outbox: z.object({ bytes: z.number(), quota: z.number(), drops: z.array(outboxDrops).default([]) }),
  /** Why its outbox takes no messages, where that is so. */
  refusal: z.object({ code: z.string(), message: z.string() }).optional(),
});
export type RuntimeStatus = z.infer<typeof runtimeStatus>;
