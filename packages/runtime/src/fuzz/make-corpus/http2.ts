import { once } from 'node:events';
import { connect } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { encode } from '../../serving/grpc/schema/codec.ts';
import { inferenceSchema } from '../../serving/grpc/schema/inference.ts';
import { until } from '../../until.ts';
import { corpusOf, keep } from '../corpus.ts';

/** What a client of gRPC sends on a new connection: preface, settings, one call. */
export async function keepHttp2(): Promise<void> {
  const calls = {
    ServerLive: encode(inferenceSchema, 'ServerLiveRequest', {}),
    ModelMetadata: encode(inferenceSchema, 'ModelMetadataRequest', { name: 'mlp_tiny', version: '1' }),
    ModelInfer: corpusOf('grpc/mlp_tiny').at(-1)!,
    RepositoryIndex: encode(inferenceSchema, 'RepositoryIndexRequest', { ready: true }),
    ModelStreamInfer: corpusOf('grpc/mlp_tiny').at(-1)!,
  };
  for (const [method, message] of Object.entries(calls))
    keep('http2/raw', `${method}.bin`, await recorded(method, message));
}

async function recorded(method: string, message: Buffer): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const server = createServer((socket) => socket.on('data', (piece) => pieces.push(piece)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const call = session.request({
    ':authority': 'a',
    ':method': 'POST',
    ':path': `/inference.GRPCInferenceService/${method}`,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  const framed = Buffer.concat([prefix, message]);
  // Nobody answers here, and the session is ended in the middle.
  call.on('error', () => {}).end(framed);
  await until(() => Buffer.concat(pieces).includes(framed));
  session.destroy();
  server.close();
  return Buffer.concat(pieces);
}
