import { after } from 'node:test';
import {
  type ChannelCredentials,
  type Client,
  credentials,
  Metadata,
  makeGenericClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { silentLogger } from '@skerry/kit';
import { nodeClock } from '@skerry/kit/node';
import type { ModelTable } from '../../models/model-table.ts';
import type { GrpcOptions } from './options.ts';
import { decode, encode, type Message } from './schema/codec.ts';
import type { Schema } from './schema/schema.ts';
import { startGrpc } from './server.ts';

/** A real gRPC server on a free port, for one test file, and stopped after it. */
export async function startTestGrpc(models: ModelTable, more: Partial<GrpcOptions> = {}) {
  const listener = await startGrpc(
    {
      models,
      clock: nodeClock(),
      logger: silentLogger,
      version: '0',
      isReady: () => true,
      pulse: { opened: () => {}, closed: () => {} },
      security: { authorize: undefined, certificateOf: () => undefined, tls: undefined },
      limits: { idleMs: 5_000, connections: 64, bodyLimit: 1024 * 1024 },
      ...more,
    } as GrpcOptions,
    { host: '127.0.0.1', port: 0, search: false, flag: '--grpc-port' },
  );
  after(() => listener.drain(100));
  return listener;
}

export type Answer = { readonly message: Message } | { readonly error: ServiceError };

/** A client that knows a schema, for tests. */
export function testClient(
  schema: Schema,
  port: number,
  options: { metadata?: Metadata; secured?: ChannelCredentials; deadlineMs?: number } = {},
) {
  const { metadata = new Metadata(), secured = credentials.createInsecure(), deadlineMs = 10_000 } = options;
  const Generic = makeGenericClientConstructor({}, 'generic');
  const client: Client = new Generic(`127.0.0.1:${port}`, secured, { 'grpc.use_local_subchannel_pool': 1 });
  after(() => client.close());
  const methods = new Map(
    Object.entries(schema.services).flatMap(([service, list]) =>
      list.map((method) => [
        method.name,
        { ...method, path: `/${schema.package}.${service}/${method.name}` },
      ]),
    ),
  );
  const asIs = (bytes: Buffer) => bytes;
  /** The bytes of an answer to bytes. */
  const callBytes = (path: string, bytes: Buffer): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const deadline = Date.now() + deadlineMs;
      client.makeUnaryRequest<Buffer, Buffer>(
        path,
        asIs,
        asIs,
        bytes,
        metadata,
        { deadline },
        (error, answer) => (error ? reject(error) : resolve(answer!)),
      );
    });
  return {
    client,
    callBytes,
    async call(name: string, request: Message): Promise<Answer> {
      const { path, input, output } = methods.get(name)!;
      try {
        return { message: decode(schema, output, await callBytes(path, encode(schema, input, request))) };
      } catch (error) {
        return { error: error as ServiceError };
      }
    },
    stream: (name: string) =>
      client.makeBidiStreamRequest<Buffer, Buffer>(methods.get(name)!.path, asIs, asIs, metadata),
  };
}
