import type { Metadata } from '@grpc/grpc-js';
import { grpcNeed } from '../../access/actions.ts';
import type { Authorize } from '../../access/authorize.ts';
import type { ClientCertificate } from '../../access/client-certificate.ts';

/** What of a call says who makes it. */
export interface Caller {
  readonly metadata: Metadata;
  getPeer(): string;
}

/** Throws `KeyRefused` or `KeyNotPermitted` where the caller may not use the method, or not for this model. */
export type Permit = (call: Caller, method: string, model?: string) => void;

/** `certificateOf` takes a peer as gRPC names it: `ADDRESS:PORT`. */
export function permitter(
  authorize: Authorize | undefined,
  certificateOf: (peer: string) => ClientCertificate | undefined,
): Permit {
  if (!authorize) return () => {};
  return (call, method, model) => {
    const [authorization] = call.metadata.get('authorization');
    authorize({
      authorization: authorization?.toString(),
      certificate: certificateOf(call.getPeer()),
      need: grpcNeed(method),
      model,
    });
  };
}
