import type { PlainSignature } from '../serving/signature.ts';
import type { Timing, WireName } from '../serving/wire.ts';
import type { Tensor } from '../tensors/tensor.ts';

/*
 * Between a serving thread and an instance thread, over a MessagePort of their own. Buffers are transferred.
 */

/** A version as instance threads know it: given by the coordinator, never used again for another. */
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

export type ToInstance =
  | {
      readonly type: 'job';
      readonly id: number;
      readonly version: VersionId;
      readonly arrived: SharedMs;
      readonly what: BodyJob | TensorJob;
    }
  | { readonly type: 'cancel'; readonly id: number };

/** `error` has a code of the catalogue. */
export type FromInstance =
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
}
