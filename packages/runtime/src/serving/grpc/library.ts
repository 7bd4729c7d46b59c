import { type ConnectionInjector, Server, ServerCredentials } from '@grpc/grpc-js';
import { callLog } from './call-log.ts';
import { statusWriter } from './errors.ts';
import { guard } from './guard.ts';
import type { GrpcOptions } from './options.ts';
import type { Peers } from './peers.ts';
import { permitter } from './permit.ts';
import { addServices } from './service.ts';

/** Calls of one connection at a time, at most. */
const CALLS = 100;

/** All that serves gRPC once there is a connection, which is then handed over. */
export function openLibrary(options: GrpcOptions, certificateOf: Peers['certificateOf']): ConnectionInjector {
  const { security, observer, limits, clock } = options;
  const permit = permitter(security.authorize, certificateOf);
  const statusOf = statusWriter(options.logger);
  const server = new Server({
    'grpc.max_receive_message_length': limits.bodyLimit,
    'grpc.max_concurrent_streams': CALLS,
    'grpc.max_connection_idle_ms': limits.idleMs,
    'grpc.enable_channelz': 0,
    interceptors: security.authorize ? [guard(permit, statusOf)] : [],
  });
  addServices(server, options, { permit, statusOf, log: observer && callLog(observer, clock) });
  // TLS, where there is some, has been spoken before.
  return server.createConnectionInjector(ServerCredentials.createInsecure());
}
