import type { z } from 'zod';
import { errorOf, notUnderstood } from './errors.ts';
import type { HubResponse, SendRequest } from './request.ts';

export interface CallerOptions {
  /** The hub's address for people, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly token?: string | undefined;
  readonly request: SendRequest;
}

export interface Call {
  readonly method: string;
  /** From the root, such as `/api/v1/info`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: Uint8Array | undefined;
  /** Statuses beside 2xx that are answers, not errors. */
  readonly accept?: readonly number[] | undefined;
}

/** Sends calls with the token. Throws `HubError` for every answer that is not a success. */
export interface Caller {
  send(call: Call): Promise<HubResponse>;
  /** The JSON of the answer, parsed. */
  read<Schema extends z.ZodType>(schema: Schema, call: Call): Promise<z.output<Schema>>;
  /** The same with its ETag. */
  readTagged<Schema extends z.ZodType>(schema: Schema, call: Call): Promise<Tagged<z.output<Schema>>>;
}

/** An object as the hub has it, and the tag that says which state of it that is. */
export interface Tagged<T> {
  readonly value: T;
  readonly etag: string | undefined;
}

export function createCaller({ url, token, request }: CallerOptions): Caller {
  const send = async (call: Call): Promise<HubResponse> => {
    const { method, headers, json, accept = [] } = call;
    const response = await request({
      method,
      url: addressOf(url, call),
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: json === undefined ? call.body : JSON.stringify(json),
    });
    const isFine = (response.status >= 200 && response.status < 300) || accept.includes(response.status);
    if (!isFine) throw errorOf(response, `${method} ${call.path}`);
    return response;
  };

  const readTagged: Caller['readTagged'] = async (schema, call) => {
    const response = await send(call);
    const parsed = schema.safeParse(parseJson(response.body));
    if (!parsed.success) throw notUnderstood(`${call.method} ${call.path}`, response.status);
    return { value: parsed.data, etag: response.headers.etag };
  };

  return { send, readTagged, read: async (schema, call) => (await readTagged(schema, call)).value };
}

function addressOf(base: string, { path, query = {} }: Call): string {
  const address = new URL(path, base);
  for (const [key, value] of Object.entries(query))
    if (value !== undefined) address.searchParams.set(key, String(value));
  return address.href;
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString());
  } catch {
    return undefined;
  }
}
