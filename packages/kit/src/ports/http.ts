/** PEM or DER throughout. */
export interface HttpTls {
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  /** The client's chain and key. */
  readonly cert?: string | Uint8Array | undefined;
  readonly key?: string | Uint8Array | undefined;
  readonly servername?: string | undefined;
  /** Default true. With false, `verifyPeer` must decide. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** Replaces the check of the host name, where our own identity function decides. */
  readonly checkServerIdentity?: ((host: string) => Error | undefined) | undefined;
  /** Called with the presented chain (DER, leaf first) before a byte of the request is sent; throw to refuse. */
  readonly verifyPeer?: ((chain: readonly Uint8Array[]) => void) | undefined;
}

export interface HttpRequest {
  readonly method: string;
  /** `http:` or `https:`. With `socketPath`, its host is only sent as the Host header. */
  readonly url: string;
  /** Connects to this Unix socket instead. */
  readonly socketPath?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined;
  readonly tls?: HttpTls | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For the answer's head, then for the whole of `body()`, or between two chunks of `stream()`. */
  readonly deadlineMs: number;
  /** Largest body accepted by `body()` or `stream()`. Default 16 MiB. */
  readonly maxBytes?: number | undefined;
}

/** Read the body once, by `body` or `stream`, or `discard` it: the connection stays open until then. */
export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  body(): Promise<Uint8Array>;
  stream(): AsyncIterable<Uint8Array>;
  discard(): void;
  /** DER, leaf first; empty without TLS. */
  peerChain(): readonly Uint8Array[];
}

/**
 * One connection a request, none kept unless it was opened so, no TLS session resumed. Rejects with `Unreachable` (no connection,
 * or one that was cut), `CertificateRefused` (theirs by us, or ours by them), `DeadlineExceeded`, `PayloadTooLarge`,
 * an error of ours that `verifyPeer` threw, or the signal's reason. Any status is an answer, not an error.
 */
export interface Http {
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Cuts what is open. */
  close(): void;
}
