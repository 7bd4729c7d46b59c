import { type handleUnaryCall, Metadata, type ServerUnaryCall } from '@grpc/grpc-js';
import type { Clock } from '@skerry/kit';
import { type Call, type Observer, openedCall } from '../../observe/call.ts';
import type { Timing } from '../wire.ts';
import type { GrpcStatus } from './errors.ts';

type Unary = handleUnaryCall<Buffer, Buffer>;

/** Calls as an observer sees them: those that are answered once. */
export interface CallLog {
  /** The same handler, looked on at. */
  watched(path: string, handler: Unary): Unary;
  /** Adds what only whoever answers knows. */
  note(
    call: object,
    model: { readonly name: string; readonly version: string },
    timing: Timing | undefined,
  ): void;
}

export function callLog(observer: Observer, clock: Clock): CallLog {
  const calls = new WeakMap<object, Call>();
  return {
    watched: (path, handler) => (call, callback) => {
      const began = clock.monotonic();
      const seen = callOf(call, path, clock.now());
      calls.set(call, seen);
      observer.opened(seen);
      if (seen.trace) {
        const metadata = new Metadata();
        metadata.set('traceparent', seen.trace.traceparent);
        call.sendMetadata(metadata);
      }
      let isOpen = true;
      const close = (status: number, code?: string) => {
        if (!isOpen) return;
        isOpen = false;
        seen.status = status;
        seen.code = code;
        seen.durationMs = clock.monotonic() - began;
        observer.closed(seen);
      };
      call.on('cancelled', () => close(-1));
      handler(call, (error, response) => {
        const { code, metadata } = (error ?? { code: 0 }) as Partial<GrpcStatus>;
        close(code ?? -1, metadata?.get('skerry-code')[0]?.toString());
        callback(error, response);
      });
    },
    note(call, { name, version }, timing) {
      const seen = calls.get(call);
      if (!seen) return;
      seen.model = name;
      seen.version = version;
      seen.timing = timing;
    },
  };
}

function callOf(call: ServerUnaryCall<Buffer, Buffer>, path: string, beganAt: number): Call {
  const [traceparent] = call.metadata.get('traceparent');
  return openedCall({
    protocol: 'grpc',
    client: call.getPeer().replace(/:\d+$/, ''),
    method: path.slice(path.lastIndexOf('/') + 1),
    path,
    traceparent: traceparent?.toString(),
    beganAt,
  });
}
