import type {
  Ack,
  BatchHeader,
  Busy,
  Command,
  CommandAnswer,
  Confirm,
  DesiredDocument,
  Hello,
  Nudge,
  RenewRequest,
  RenewResponse,
  Report,
  Welcome,
} from '@skerry/contracts';

/** What the hub says on a connection. */
export interface LinkListener {
  welcome(welcome: Welcome): void;
  /** Instead of a welcome: not now. Or another connection under our identity has come, and the hub keeps that one. */
  busy(busy: Busy): void;
  ack(ack: Ack): void;
  nudge(nudge: Nudge): void;
  command(command: Command): void;
}

/**
 * One connection to the hub. What is sent may get lost with it, without an error: correctness rests on the hub's
 * own answers alone.
 */
export interface LinkConnection {
  /** Such as `wss://hub.example.com:8443`. */
  readonly address: string;
  hello(hello: Hello): void;
  confirm(confirm: Confirm): void;
  batch(header: BatchHeader, compressedBody: Uint8Array): void;
  report(report: Report): void;
  answer(answer: CommandAnswer): void;
  /** Resolves with the reason when the connection has ended, whoever ended it. Never rejects. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

export interface FetchedDesired {
  readonly etag: string;
  readonly document: DesiredDocument;
}

/** The way to the hub, whatever the wire. */
export interface Link {
  /** Resolves once the hub has taken the connection; the session begins with our hello. Rejects when the signal aborts. */
  connect(listener: LinkListener, signal: AbortSignal): Promise<LinkConnection>;
  /** Undefined when the ETag (RFC 9110 §8.8.3) is the current one. */
  fetchDesired(etag: string | undefined, signal: AbortSignal): Promise<FetchedDesired | undefined>;
  renew(request: RenewRequest, signal?: AbortSignal): Promise<RenewResponse>;
}
