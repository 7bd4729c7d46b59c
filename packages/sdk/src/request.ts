/** One HTTP request, as the caller's own HTTP client has to send it. */
export interface HubRequest {
  readonly method: string;
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
}

/** Any status is an answer. */
export interface HubResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Sends a request and reads the whole answer. What it throws (no connection, a deadline) reaches the caller as it is. */
export type SendRequest = (request: HubRequest) => Promise<HubResponse>;
