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

/** Where a server is, and what passes between it and a client before they talk. */
export interface ServerAddress {
  /** Base address. */
  readonly url: string;
  /** PEM: the authority to trust instead of the machine's own. */
  readonly ca?: Uint8Array | undefined;
  /** An API key. */
  readonly key?: string | undefined;
}

/** A client of any server of the Open Inference Protocol (v2, REST). */
export function servingClient(
  { ports, signal }: Pick<Cli, 'ports' | 'signal'>,
  { url: base, ca, key }: ServerAddress,
): ServingClient {
  if (!/^https?:\/\//.test(base) || !URL.canParse(base))
    throw failure('BadUsage', `“${base}” is no address of a runtime`, {
      next: 'Write it as http://HOST:8000.',
    });

  if (key !== undefined) refuseInClear(new URL(base));
  const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };

  async function call<Schema extends z.ZodType>(schema: Schema, path: string, body?: string) {
    const response = await ports.http.request({
      method: body === undefined ? 'GET' : 'POST',
      url: new URL(path, base).href,
      headers: { ...authorization, ...(body !== undefined && { 'content-type': 'application/json' }) },
      body,
      tls: { ca },
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

/** A key that travels in clear is everybody's. */
function refuseInClear({ protocol, hostname, host }: URL): void {
  if (protocol === 'https:' || /^(localhost|\[::1\]|127(\.\d{1,3}){3})$/.test(hostname)) return;
  throw failure(
    'BadUsage',
    `${host} is not asked over TLS, and your key would travel over the network in clear`,
    {
      next: `Use https://${host}, or unset SKERRY_KEY for a server that asks for no key.`,
    },
  );
}

/** `{"error": …}`, which every server of the protocol says. */
function refused(json: unknown, status: number) {
  const { error } = (json ?? {}) as { error?: unknown };
  const detail = typeof error === 'string' ? error : `the server answered ${status}`;
  if (status === 404)
    return failure('ModelNotFound', detail, { next: 'GET /v2 and the start of the server name its models.' });
  if (status === 401)
    return failure('KeyRefused', detail, { next: 'Put your key into the variable SKERRY_KEY.' });
  if (status === 403) return failure('KeyNotPermitted', detail);
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
