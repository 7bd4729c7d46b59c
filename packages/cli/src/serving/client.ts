import { type ModelMetadata, modelMetadata, type OipResponse, oipResponse } from '@skerry/contracts';
import type { z } from 'zod';
import type { Cli } from '../cli.ts';
import { failure } from '../errors.ts';

const deadlineMs = 30_000;

export interface ServingClient {
  metadata(model: string): Promise<ModelMetadata>;
  /** `body` is a request of the Open Inference Protocol, as JSON text. */
  infer(model: string, body: string): Promise<OipResponse>;
}

/** A client of any server of the Open Inference Protocol (v2, REST). */
export function servingClient({ ports, signal }: Pick<Cli, 'ports' | 'signal'>, base: string): ServingClient {
  if (!/^https?:\/\//.test(base) || !URL.canParse(base))
    throw failure('BadUsage', `“${base}” is no address of a runtime`, {
      next: 'Write it as http://HOST:8000.',
    });

  async function call<Schema extends z.ZodType>(schema: Schema, path: string, body?: string) {
    const response = await ports.http.request({
      method: body === undefined ? 'GET' : 'POST',
      url: new URL(path, base).href,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body,
      signal,
      deadlineMs,
    });
    const json = parse(await response.body());
    if (response.status !== 200) throw refused(json, response.status);
    const parsed = schema.safeParse(json);
    if (parsed.success) return parsed.data;
    throw failure('Internal', `${base} does not answer as a model server does`);
  }

  const at = (model: string) => `/v2/models/${encodeURIComponent(model)}`;
  return {
    metadata: (model) => call(modelMetadata, at(model)),
    infer: (model, body) => call(oipResponse, `${at(model)}/infer`, body),
  };
}

/** `{"error": …}`, which every server of the protocol says. */
function refused(json: unknown, status: number) {
  const { error } = (json ?? {}) as { error?: unknown };
  const detail = typeof error === 'string' ? error : `the server answered ${status}`;
  if (status === 404)
    return failure('ModelNotFound', detail, { next: 'GET /v2 and the start of the server name its models.' });
  if (status === 503) return failure('Unavailable', detail);
  return status < 500 ? failure('InvalidTensor', detail) : failure('InferenceFailed', detail);
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString());
  } catch {
    return undefined;
  }
}
