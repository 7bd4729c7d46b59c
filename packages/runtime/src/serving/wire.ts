import type { Placement } from '../pictures/placement.ts';
import type { Tensor, TensorData } from '../tensors/tensor.ts';
import type { Signature } from './signature.ts';

/** A request of any protocol, its tensors read. */
export interface InferRequest {
  readonly id: string | undefined;
  /** In the order of the model's inputs. Where `encoded`, BYTES may stand for a picture that is still to be decoded. */
  readonly feeds: readonly Tensor[];
  /** Names of the outputs to answer with, in that order. */
  readonly wanted: readonly string[];
  /** Whether some feed holds encoded pictures. */
  readonly encoded: boolean;
  /** Beside each wanted output how many of its highest classes to answer with instead, 0 for the tensor itself (Triton's extension `classification`). */
  readonly classes: readonly number[] | undefined;
  /** Beside each wanted output whether it goes as bytes behind the JSON (Triton's extension `binary_tensor_data`). */
  readonly binary: readonly boolean[] | undefined;
  /** Whether to add what the outputs mean, in words. */
  readonly results: boolean;
  /** Whether to leave out everything else, as whoever sends a bare picture wants it. */
  readonly resultsOnly?: boolean;
  /** 1 goes first; 0 leaves it to the model (Triton's extension `schedule_policy`). */
  readonly priority: number;
  /** µs from arrival after which an answer is of no use; 0 leaves it to the model. */
  readonly timeoutUs: number;
}

/** A body as it came, decompressed, and what its head says of how to read it. */
export interface WireBody {
  /** In an ArrayBuffer that nobody else has, so that it may be transferred. */
  readonly bytes: Uint8Array;
  /** Bytes of the JSON that stands before binary tensors (`Inference-Header-Content-Length`). */
  readonly headerLength: number | undefined;
  /** Media type without parameters, lower case; empty where the protocol has none. */
  readonly media: string;
  /** µs that the client still waits, where the head tells (gRPC's `grpc-timeout`). */
  readonly timeoutUs?: number | undefined;
}

/** An answer: a text, then bytes. */
export interface WireAnswer {
  readonly text: string;
  readonly binary: readonly Uint8Array[];
}

/** Memory for an input of the model: of its datatype, with room for `count` elements. */
export type Memory = (input: number, count: number) => TensorData;

/** How one protocol writes requests and answers. Pure and synchronous, so that it runs on whichever thread has the bytes. */
export interface Wire {
  readonly name: WireName;
  /** Throws `InvalidRequest`, `InvalidTensor` and what a signature's checks throw. */
  read(model: Signature, body: WireBody, memory: Memory): InferRequest;
  /** `placements` say where the pictures came to lie that the request had in it. Throws what `resultsOf` throws. */
  write(
    model: Signature,
    request: InferRequest,
    outputs: readonly Tensor[],
    placements?: readonly Placement[],
  ): WireAnswer;
}

/** As a job for another thread names its wire. */
export type WireName = 'rest' | 'grpc';

/** What of an inference took how long, µs. */
export interface Timing {
  readonly queueUs: number;
  readonly inputUs: number;
  readonly inferUs: number;
  readonly outputUs: number;
}

/** A request on its way through the server. */
export interface Exchange {
  readonly wire: Wire;
  readonly body: WireBody;
  /** When the request began to come, in ms of the thread's clock (`monotonic`); its timeout counts from there. */
  readonly came?: number;
  /** Called once, perhaps before `infer` returns. */
  done(error: unknown, answer: WireAnswer | undefined, timing: Timing | undefined): void;
  /** Takes the body's memory back, once nobody reads it any more, wherever it was transferred to meanwhile. */
  handBack?(memory: ArrayBuffer): void;
}
