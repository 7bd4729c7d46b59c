import type { handleServerStreamingCall } from '@grpc/grpc-js';
import { type Clock, every, isSkerryError } from '@skerry/kit';
import { failure } from '../../errors.ts';
import type { ModelTable } from '../../models/model-table.ts';
import { decode, encode } from './schema/codec.ts';
import { healthSchema } from './schema/health.ts';

export interface HealthOptions {
  readonly models: ModelTable;
  readonly clock: Clock;
  readonly isReady: () => boolean;
}

type ServingStatus = 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';

const LOOK_MS = 1_000;

/** `grpc.health.v1.Health`: of the server (''), the inference service, and each model by its name. */
export interface Health {
  /** Throws `NotFound`. */
  check(request: Buffer): Buffer;
  readonly watch: handleServerStreamingCall<Buffer, Buffer>;
}

export function health(options: HealthOptions): Health {
  const nameIn = (request: Buffer) => decode(healthSchema, 'HealthCheckRequest', request).service as string;
  const answer = (status: ServingStatus) => encode(healthSchema, 'HealthCheckResponse', { status });
  return {
    check(request) {
      const name = nameIn(request);
      const status = statusOf(options, name);
      if (status === 'SERVICE_UNKNOWN')
        throw failure('NotFound', `there is no service or model ${name} here`);
      return answer(status);
    },
    watch(call) {
      const name = nameIn(call.request);
      let last: ServingStatus | undefined;
      const look = () => {
        const status = statusOf(options, name);
        if (status !== last) call.write(answer(status));
        last = status;
      };
      look();
      call.on('cancelled', every(options.clock, LOOK_MS, look));
    },
  };
}

function statusOf({ models, isReady }: HealthOptions, name: string): ServingStatus {
  if (name === '' || name === 'inference.GRPCInferenceService') return isReady() ? 'SERVING' : 'NOT_SERVING';
  try {
    models.find(name);
    return isReady() ? 'SERVING' : 'NOT_SERVING';
  } catch (error) {
    if (isSkerryError(error, 'ModelNotReady')) return 'NOT_SERVING';
    if (isSkerryError(error, 'ModelNotFound')) return 'SERVICE_UNKNOWN';
    throw error;
  }
}
