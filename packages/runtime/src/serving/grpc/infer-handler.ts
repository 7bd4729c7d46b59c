import type { handleUnaryCall } from '@grpc/grpc-js';
import type { Clock } from '@skerry/kit';
import type { ModelTable } from '../../models/model-table.ts';
import { infer } from '../infer.ts';
import type { WireAnswer } from '../wire.ts';
import type { StatusOf } from './errors.ts';
import { grpcWire } from './grpc-wire.ts';
import { asBuffer, modelOf } from './infer-request.ts';
import type { Permit } from './permit.ts';

export interface InferOptions {
  readonly models: ModelTable;
  readonly clock: Clock;
  readonly permit: Permit;
}

/** Ends one inference, with an error or a `ModelInferResponse`. */
export type InferDone = (error: unknown, response: Buffer | undefined) => void;

/** Starts the inference that a `ModelInferRequest` asks for. What it returns cancels it. Throws what it cannot start for. */
export type StartInfer = (
  call: Parameters<Permit>[0],
  bytes: Buffer,
  done: InferDone,
) => (() => void) | undefined;

export function inferStarter({ models, clock, permit }: InferOptions): StartInfer {
  return (call, bytes, done) => {
    const { name, version } = modelOf(bytes);
    permit(call, 'ModelInfer', name);
    const model = models.find(name, version || undefined);
    return infer(model, clock, {
      wire: grpcWire,
      body: { bytes: model.remote ? ownMemory(bytes) : bytes, headerLength: undefined, media: '' },
      done: (error, answer) => done(error, answer && asBuffer(bytesOf(answer))),
    });
  };
}

const bytesOf = ({ binary }: WireAnswer) => binary[0]!;

/** Node cuts short messages out of memory that others share, and that cannot go to another thread. */
function ownMemory(bytes: Buffer): Buffer {
  if (bytes.length >= Buffer.poolSize) return bytes;
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
      if (cancel) call.on('cancelled', cancel);
    } catch (error) {
      done(error, undefined);
    }
  };
}
