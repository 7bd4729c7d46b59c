import type { Deadline, handleUnaryCall } from '@grpc/grpc-js';
import type { Clock } from '@skerry/kit';
import type { Cancel } from '../../execution/remote.ts';
import type { ModelTable } from '../../models/model-table.ts';
import type { ServedModel } from '../../models/served-model.ts';
import { INLINE_BYTES, infer } from '../infer.ts';
import type { Timing, WireAnswer } from '../wire.ts';
import type { CallLog } from './call-log.ts';
import type { StatusOf } from './errors.ts';
import { grpcWire } from './grpc-wire.ts';
import { modelOf, sooner } from './infer-head.ts';
import type { Caller, Permit } from './permit.ts';
import { asBuffer } from './proto-reader.ts';

export interface InferOptions {
  readonly models: ModelTable;
  readonly clock: Clock;
  readonly permit: Permit;
  readonly log: CallLog | undefined;
}

/** What of a call an inference needs to know, be it a stream or not. */
export interface InferCall extends Caller {
  getDeadline(): Deadline;
}

/** Ends one inference, with an error or a `ModelInferResponse`. */
export type InferDone = (error: unknown, response: Buffer | undefined) => void;

/** Starts the inference that a `ModelInferRequest` asks for. Throws why it does not. */
export type StartInfer = (call: InferCall, bytes: Buffer, done: InferDone) => Cancel | undefined;

export function inferStarter({ models, clock, permit, log }: InferOptions): StartInfer {
  return (call, bytes, done) => {
    const { name, version, timeoutUs: asked } = modelOf(bytes);
    permit(call, 'ModelInfer', name);
    const model = models.find(name, version || undefined);
    const timeoutUs = sooner(asked, microsLeft(call.getDeadline(), clock));
    admit(model, bytes.length, timeoutUs);
    const own = model.remote ? ownMemory(bytes) : bytes;
    return infer(model, clock, {
      wire: grpcWire,
      body: { bytes: own, headerLength: undefined, media: '', timeoutUs },
      done(error, answer: WireAnswer | undefined, timing: Timing | undefined) {
        log?.note(call, model, timing);
        done(error, answer && asBuffer(answer.binary[0]!));
      },
    });
  };
}

/** Until the deadline that came as `grpc-timeout`; 0 where none did. */
function microsLeft(deadline: Deadline, clock: Clock): number {
  const at = Number(deadline);
  return at === Number.POSITIVE_INFINITY ? 0 : Math.max(1, Math.floor((at - clock.now()) * 1000));
}

/** Refuses, before the message is read, what an instance could not answer in time. Throws what `Remote.admit` gives. */
function admit({ inline, remote }: ServedModel, length: number, timeoutUs: number): void {
  if (!remote || (inline && length <= INLINE_BYTES)) return;
  const refusal = remote.admit(length, timeoutUs);
  if (refusal) throw refusal;
}

/** Length and flag that stand before a message (gRPC over HTTP/2, Length-Prefixed-Message). */
const PREFIX_BYTES = 5;

/** What lies in memory that others share, as short messages do, must not take that to another thread. */
function ownMemory(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength <= bytes.length + PREFIX_BYTES) return bytes;
  const own = Buffer.allocUnsafeSlow(bytes.length);
  own.set(bytes);
  return own;
}

/** `ModelInfer`. */
export function inferHandler(start: StartInfer, statusOf: StatusOf): handleUnaryCall<Buffer, Buffer> {
  return (call, callback) => {
    const done: InferDone = (error, response) => {
      if (error) callback(statusOf(error));
      else callback(null, response);
    };
    try {
      const cancel = start(call, call.request, done);
      // A client that has gone, or whose deadline has passed, is not served.
      if (cancel) call.on('cancelled', cancel);
    } catch (error) {
      done(error, undefined);
    }
  };
}
