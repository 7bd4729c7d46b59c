import type { MessagePort } from 'node:worker_threads';
import type { PlainSignature } from '../serving/signature.ts';
import type { Timing, WireName } from '../serving/wire.ts';
import type { Tensor } from '../tensors/tensor.ts';

/*
 * Between a serving thread and an instance thread: a MessagePort for each version, over which jobs go one way and
 * answers the other. Buffers are transferred. A job gets one answer, whatever becomes of it, unless the thread is lost.
 */

/** A version as instance threads know it: given by the coordinator, above 0, never used again for another. */
export type VersionId = number;

/** Milliseconds of `process.hrtime`, the one clock that all threads share. */
export type SharedMs = number;

export interface BodyJob {
  readonly kind: 'body';
  readonly wire: WireName;
  readonly bytes: Uint8Array;
  readonly headerLength: number | undefined;
  readonly media: string;
}

export interface TensorJob {
  readonly kind: 'tensors';
  readonly feeds: readonly Tensor[];
  readonly wanted: readonly string[];
}

export interface JobMessage {
  readonly type: 'job';
  /** Of this port; rises. */
  readonly id: number;
  /** When its first byte came; a timeout counts from there. */
  readonly since: SharedMs;
  readonly arrived: SharedMs;
  readonly what: BodyJob | TensorJob;
}

/** A job that was cancelled is answered all the same: with an error, or as if nothing had been said. */
export type ToInstance = JobMessage | { readonly type: 'cancel'; readonly id: number };

/**
 * `error` has a code of the catalogue, `memory` is what the body lay in, for the next one; `sent` shows how long an
 * answer lay before somebody came to it.
 */
export type FromInstance = Answered & { readonly memory?: ArrayBuffer; readonly sent?: SharedMs };

type Answered =
  | { readonly id: number; readonly error: PlainError }
  | {
      readonly id: number;
      readonly text: string;
      readonly binary: readonly Uint8Array[];
      readonly timing: Timing;
    }
  | { readonly id: number; readonly outputs: readonly Tensor[]; readonly timing: Timing };

export interface PlainError {
  readonly code: string;
  readonly detail: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** What an instance thread is given to open a version with. */
export interface OpenOrder {
  readonly version: VersionId;
  readonly name: string;
  readonly number: string;
  /** Path of the ONNX file. */
  readonly file: string;
  readonly spec: PlainSignature['spec'];
  /** See engine.ts. */
  readonly isLean?: boolean;
  readonly elementLimit?: PlainSignature['elementLimit'];
  /** Shared, see version-board.ts; a new one where there is none yet. */
  readonly board?: SharedArrayBuffer;
}

/** One instance of a version, as one serving thread gets it: sent to that thread with `port` in the transfer list. */
export interface InstanceLink {
  /** Of the instance; never used again for another. */
  readonly instance: number;
  readonly port: MessagePort;
  /** Shared: see thread-board.ts and latency-table.ts. */
  readonly thread: SharedArrayBuffer;
  readonly table: SharedArrayBuffer;
}

/** What happened to the instances of a version, as its serving threads are told. */
export type LinkChange =
  | { readonly type: 'added'; readonly link: InstanceLink }
  | { readonly type: 'lost'; readonly instance: number; readonly why: string }
  /** There will be no instance any more. */
  | { readonly type: 'ended'; readonly why: string };
