import { durationMs, name, outboxQuota, sizeBytes, streamTtls } from '@skerry/contracts';
import { type Config, configKeys } from '@skerry/kit/config';
import { z } from 'zod';
import { parseCoreList } from './cores/core-list.ts';

const port = z.number().int().min(0).max(65_535);
const path = z.string().min(1).optional();

const coreList = z
  .string()
  .regex(/^\d+(-\d+)?(,\d+(-\d+)?)*$/, 'must be a list of cores, such as 0 or 0-1,3')
  .transform(parseCoreList);

/** All that can be set, by flag (`--port-search`) or environment (`SKERRY_RUNTIME_PORT_SEARCH`). */
export const settingKeys = configKeys({
  models: { type: path, help: 'serve the models at this path, without a hub' },
  state: { type: path, help: 'folder of what is remembered; with it an agent takes command' },
  outbox: { type: path, help: 'folder of the messages to the hub (default: outbox in the state folder)' },
  outboxQuota: {
    type: outboxQuota,
    default: '512Mi',
    help: 'bytes that the outbox may have, such as 512Mi',
  },
  outboxTtl: {
    type: streamTtls,
    default: '',
    help: 'how long messages of a stream wait for the hub, such as sample=30d,result=never',
  },
  host: { type: z.string().min(1), default: '127.0.0.1', help: 'address to listen on' },
  port: { type: port, default: 8000, help: 'port of the REST API' },
  metricsPort: { type: port, default: 8002, help: 'port of the metrics' },
  grpcPort: { type: port, default: 8001, help: 'port of the gRPC API' },
  portSearch: { type: z.boolean(), default: false, help: 'take the next free port where one is taken' },
  servingThreads: {
    type: z.union([z.literal('auto'), z.number().int().min(1).max(64)]),
    default: 1,
    help: 'threads that read and answer requests; auto for as many as there are cores',
  },
  instanceThreads: {
    type: z.number().int().min(1).max(64).optional(),
    help: 'threads that run larger models, at most (default: as many as cores, and two at least)',
  },
  servingCores: {
    type: coreList.optional(),
    help: 'cores for the serving threads alone, such as 0 or 0-1; models run on the others',
  },
  memoryBudget: {
    type: sizeBytes.optional(),
    help: 'bytes that the process may have before models are refused (default: 80 % of the memory)',
  },
  repositoryPoll: {
    type: durationMs,
    default: '2s',
    help: 'how often to look for changed models at the path; 0 for never',
  },
  bodyLimit: {
    type: sizeBytes,
    default: '16Mi',
    help: 'bytes of a request, at most, such as 16Mi',
  },
  headerLimit: { type: sizeBytes, default: '16Ki', help: 'bytes of a request’s head, at most' },
  tensorLimit: {
    type: z.number().int().positive(),
    default: 16_777_216,
    help: 'elements of a tensor in a request, at most',
  },
  maxConnections: {
    type: z.number().int().positive(),
    default: 1024,
    help: 'connections of clients at a time, at most, on each port',
  },
  idleTimeout: { type: durationMs, default: '75s', help: 'how long a connection may be silent' },
  tls: {
    type: z.enum(['self']).optional(),
    help: 'self: TLS with an authority and a certificate that the runtime makes and renews itself',
  },
  tlsCert: { type: path, help: 'TLS with this certificate and its chain (PEM), read anew when it changes' },
  tlsKey: { type: path, help: 'the key that belongs to it (PEM)' },
  clientCa: { type: path, help: 'ask clients for a certificate below this authority (PEM)' },
  keys: {
    type: path,
    help: 'file of API keys and permissions (YAML, see skerry key), read anew when it changes',
  },
  servingFolder: {
    type: path,
    help: 'folder of what --tls self makes (default: serving in the state folder, or skerry-serving)',
  },
  insecure: {
    type: z.boolean(),
    default: false,
    help: 'let everybody who reaches this address ask, unencrypted: for a network that you trust',
  },
  announce: { type: name.optional(), help: 'name under which mDNS announces the models on the network' },
  accessLog: { type: path, help: 'write a line of JSON for each request to this file; - for the output' },
  otlpEndpoint: {
    type: z.url({ protocol: /^https?$/ }).optional(),
    help: 'send spans by OTLP/HTTP to this collector, such as http://localhost:4318',
  },
  traceRatio: {
    type: z.number().min(0).max(1),
    default: 1,
    help: 'part of the requests to trace where a traceparent does not say, from 0 to 1',
  },
  eventSource: {
    type: z.string().max(256),
    default: '',
    help: 'what stands before /pipelines/NAME in the source of events',
  },
  timeKnown: {
    type: z.boolean(),
    default: false,
    help: 'whether the clock is right, until the agent says otherwise',
  },
  logLevel: {
    type: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
    default: 'info',
    help: 'least of what is logged',
  },
  readyJson: { type: z.boolean(), default: false, help: 'one line of JSON on stdout once all is ready' },
});

export type Settings = Config<typeof settingKeys>['values'];
