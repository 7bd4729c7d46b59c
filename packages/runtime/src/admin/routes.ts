import type { IncomingMessage } from 'node:http';
import { loadRequest, pipelineSpec } from '@skerry/contracts';
import { isSkerryError } from '@skerry/kit';
import { z } from 'zod';
import { failure } from '../errors.ts';
import { readJson } from '../http/json.ts';
import { respondJson } from '../http/respond.ts';
import type { Handler, Route } from '../http/router.ts';
import type { Coordinator } from '../models/coordinator.ts';
import type { BootTime } from '../outbox/boot-time.ts';
import type { Central } from '../serving/central.ts';
import { type StatusParts, statusOf } from './status.ts';

export interface AdminParts extends StatusParts {
  readonly coordinator: Coordinator;
  readonly central: Central;
  readonly boot: BootTime;
}

const BODY_LIMIT = 1024 * 1024;

const timeRequest = z.object({ known: z.boolean(), hubTime: z.number().optional() });

/** What only the agent may ask: see `runtime-admin.ts` of the contracts. */
export function adminRoutes(parts: AdminParts): Route[] {
  const { coordinator, central, pipelines, boot } = parts;

  const status: Handler = (_request, response) => respondJson(response, 200, statusOf(parts));
  const index: Handler = async (_request, response) => respondJson(response, 200, await central.index(false));

  const load: Handler = async (request, response, [name]) => {
    const { folder, ...id } = (await parsed(loadRequest, request)).parameters;
    try {
      await coordinator.serve(name!, [{ name: name!, ...id, path: folder, stamp: '' }]);
      respondJson(response, 200, {});
    } catch (error) {
      if (!isSkerryError(error)) throw error;
      respondJson(response, 400, { error: error.detail, code: error.code });
    }
  };
  const unload: Handler = async (_request, response, [name]) => {
    await coordinator.unload(name!);
    respondJson(response, 200, {});
  };
  const putPipeline: Handler = async (request, response, [name]) => {
    await pipelines.put(name!, await parsed(pipelineSpec, request));
    respondJson(response, 200, {});
  };
  const deletePipeline: Handler = async (_request, response, [name]) => {
    await pipelines.remove(name!);
    respondJson(response, 200, {});
  };
  const putTime: Handler = async (request, response) => {
    const { known, hubTime } = await parsed(timeRequest, request);
    boot.tell(known, hubTime);
    respondJson(response, 200, {});
  };

  return [
    { path: '/v1/status', verbs: { GET: status } },
    { path: '/v1/time', verbs: { PUT: putTime } },
    { path: '/v1/pipelines/:name', verbs: { PUT: putPipeline, DELETE: deletePipeline } },
    { path: '/v2/repository/index', verbs: { POST: index } },
    { path: '/v2/repository/models/:name/load', verbs: { POST: load } },
    { path: '/v2/repository/models/:name/unload', verbs: { POST: unload } },
  ];
}

async function parsed<T>(schema: z.ZodType<T>, request: IncomingMessage): Promise<T> {
  const result = schema.safeParse(await readJson(request, BODY_LIMIT));
  if (result.success) return result.data;
  throw failure('InvalidRequest', z.prettifyError(result.error), { cause: result.error });
}
