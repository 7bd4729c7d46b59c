import type { Timing } from '../serving/wire.ts';

/** Where a span stands in its trace (W3C Trace Context). */
export interface TracePlace {
  /** As it goes on to others: the header `traceparent`. */
  readonly traceparent: string;
  readonly traceId: string;
}

/** One request over the network, as it is logged and traced. What is not known yet is undefined or 0. */
export interface Call {
  readonly protocol: 'http' | 'grpc';
  /** Address of whoever asks. */
  readonly client: string;
  /** HTTP's verb, or the name of the gRPC method. */
  readonly method: string;
  /** Without what stands behind `?`, which may be secret. */
  readonly path: string;
  /** As it came in the head. */
  readonly traceparent: string | undefined;
  /** Wall time when its head had come, ms since the epoch. */
  readonly beganAt: number;
  durationMs: number;
  /** Of HTTP or of gRPC; -1 when the client went away first. */
  status: number;
  model: string | undefined;
  version: string | undefined;
  timing: Timing | undefined;
  /** Code of the catalogue. */
  code: string | undefined;
  trace: TracePlace | undefined;
}

/** A request whose head has come, and of which no more is known. */
export function openedCall(
  head: Pick<Call, 'protocol' | 'client' | 'method' | 'path' | 'traceparent' | 'beganAt'>,
): Call {
  return {
    ...head,
    durationMs: 0,
    status: 0,
    model: undefined,
    version: undefined,
    timing: undefined,
    code: undefined,
    trace: undefined,
  };
}

/** Something that looks on at requests, and must cost them next to nothing. Must not throw. */
export interface Observer {
  /** The head has come. May set `trace`. */
  opened(call: Call): void;
  /** The answer has been sent, or the client is gone. */
  closed(call: Call): void;
}

export function observers(all: readonly Observer[]): Observer | undefined {
  if (all.length <= 1) return all[0];
  return {
    opened(call) {
      for (const one of all) one.opened(call);
    },
    closed(call) {
      for (const one of all) one.closed(call);
    },
  };
}
