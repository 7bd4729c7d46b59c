import {
  adminError,
  findCode,
  type LoadRequest,
  type PipelineSpec,
  type RuntimeStatus,
  runtimeStatus,
} from '@skerry/contracts';
import { type Http, type HttpResponse, SkerryError } from '@skerry/kit';
import { refusalOf } from '../identity/answers.ts';

/** The runtime's admin socket, from the agent's side. */
export interface RuntimeAdmin {
  /** The same object as the last time when the runtime says the same. */
  status(signal?: AbortSignal): Promise<RuntimeStatus>;
  load(model: string, parameters: LoadRequest['parameters'], signal: AbortSignal): Promise<void>;
  unload(model: string, signal: AbortSignal): Promise<void>;
  putPipeline(name: string, spec: PipelineSpec, signal: AbortSignal): Promise<void>;
  removePipeline(name: string, signal: AbortSignal): Promise<void>;
  /** The hub's time, ms since the epoch; undefined while nobody knows it. */
  setTime(hubTime: number | undefined): Promise<void>;
}

/** Acceptance cases run within a load. */
const LOAD_DEADLINE_MS = 180_000;
const DEADLINE_MS = 10_000;

export function runtimeAdmin(http: Http, socketPath: string): RuntimeAdmin {
  let last: { text: string; status: RuntimeStatus } | undefined;

  const ask = async (
    method: string,
    path: string,
    options: { body?: unknown; signal?: AbortSignal | undefined; deadlineMs?: number } = {},
  ): Promise<string> => {
    const { body, signal, deadlineMs = DEADLINE_MS } = options;
    const content =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await http.request({
      method,
      url: `http://runtime${path}`,
      socketPath,
      deadlineMs,
      signal,
      ...content,
    });
    const text = Buffer.from(await response.body()).toString();
    if (response.status >= 400) throw refusal(response, text, `${method} ${path}`);
    return text;
  };
  const model = (name: string) => `/v2/repository/models/${name}`;
  const pipeline = (name: string) => `/v1/pipelines/${name}`;

  return {
    async status(signal) {
      const text = await ask('GET', '/v1/status', { signal });
      if (last?.text !== text) last = { text, status: runtimeStatus.parse(JSON.parse(text)) };
      return last.status;
    },
    load: async (name, parameters, signal) => {
      await ask('POST', `${model(name)}/load`, {
        body: { parameters },
        signal,
        deadlineMs: LOAD_DEADLINE_MS,
      });
    },
    unload: async (name, signal) => {
      await ask('POST', `${model(name)}/unload`, { signal });
    },
    putPipeline: async (name, spec, signal) => {
      await ask('PUT', pipeline(name), { body: spec, signal });
    },
    removePipeline: async (name, signal) => {
      await ask('DELETE', pipeline(name), { signal });
    },
    setTime: async (hubTime) => {
      await ask('PUT', '/v1/time', { body: { known: hubTime !== undefined, hubTime } });
    },
  };
}

/** The runtime's refusal with its own code and words. */
function refusal({ status }: HttpResponse, text: string, what: string): SkerryError {
  const parsed = adminError.safeParse(tryJson(text));
  if (!parsed.success) return refusalOf(status, text, `the runtime refused ${what}`);
  const { error, code } = parsed.data;
  const known = findCode(code);
  return new SkerryError({
    code,
    title: known?.title,
    detail: error,
    next: known?.next ?? 'See the runtime’s log.',
    status,
  });
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
