import { schemaOf } from './schema.ts';

/** The gRPC health checking protocol. */
export const healthSchema = schemaOf({
  file: 'grpc/health/v1/health.proto',
  package: 'grpc.health.v1',
  enums: { 'HealthCheckResponse.ServingStatus': ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] },
  messages: {
    HealthCheckRequest: ['string service = 1'],
    HealthCheckResponse: ['HealthCheckResponse.ServingStatus status = 1'],
  },
  services: {
    Health: [
      { name: 'Check', input: 'HealthCheckRequest', output: 'HealthCheckResponse' },
      { name: 'Watch', input: 'HealthCheckRequest', output: 'HealthCheckResponse', serverStreams: true },
    ],
  },
});
