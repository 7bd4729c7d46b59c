import { type ConnectionInjector, Server, ServerCredentials } from '@grpc/grpc-js';
import { callLog } from './call-log.ts';
import { statusWriter } from './errors.ts';
import type { GrpcOptions } from './options.ts';
import type { Peers } from './peers.ts';
import { permitter } from './permit.ts';
import { addServices } from './service.ts';

/** Calls of one connection at a time, at most. */
const CALLS = 256;

/** All that serves gRPC once there is a connection, which is then handed over. */
export function openLibrary(options: GrpcOptions, certificateOf: Peers['certificateOf']): ConnectionInjector {
  const { bodyLimit, idleMs } = options.limits;
  const server = new Server({
    'grpc.max_receive_message_length': bodyLimit,
    'grpc.max_concurrent_streams': CALLS,
    'grpc.max_connection_idle_ms': idleMs,
    'grpc.enable_channelz': 0,
  });
  addServices(server, options, {
    permit: permitter(options.security.authorize, certificateOf),
    statusOf: statusWriter(options.logger),
    log: options.observer && callLog(options.observer, options.clock),
  });
  // TLS, where there is some, has been spoken before.
  return server.createConnectionInjector(ServerCredentials.createInsecure());
}
