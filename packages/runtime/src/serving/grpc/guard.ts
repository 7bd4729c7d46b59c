import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import type { StatusOf } from './errors.ts';
import type { Permit } from './permit.ts';

/** Refuses who may not use a method as soon as the head has come, so that no message of theirs is kept in memory. */
export function guard(permit: Permit, statusOf: StatusOf): ServerInterceptor {
  return ({ path }, call) =>
    new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata(metadata, pass) {
            try {
              permit({ metadata, getPeer: () => call.getPeer() }, path.slice(path.lastIndexOf('/') + 1));
              pass(metadata);
            } catch (error) {
              call.sendStatus(statusOf(error));
            }
          },
        }),
    });
}
