import type { Logger } from '../logger.ts';

export interface HttpApiRequest {
  /** From `{name}` in the route's path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed JSON; undefined without a body. */
  readonly body: unknown;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

/** What it resolves with is the answer as JSON (204 without one). A `SkerryError` becomes problem+json (RFC 9457). */
export type HttpApiHandler = (request: HttpApiRequest) => unknown;

export interface HttpApiOptions {
  /** `'GET /v1/models/{name}'` → handler. */
  readonly routes: Readonly<Record<string, HttpApiHandler>>;
  /** A Unix socket (made 0600), or a port on loopback (0: any free one). */
  readonly listen: { readonly socketPath: string } | { readonly port: number; readonly host?: string };
  readonly logger: Logger;
  /** Default 1 MiB. */
  readonly maxBodyBytes?: number;
}

export interface HttpApi {
  /** The port that it listens on; 0 for a socket. */
  readonly port: number;
  /** Lets requests end for up to 2 s, then cuts them. */
  close(): Promise<void>;
}

/** A small local JSON API. Rejects with `AddressInUse` or `ListenFailed`. */
export function serveHttpApi(_options: HttpApiOptions): Promise<HttpApi> {
  throw new Error('being written');
}
