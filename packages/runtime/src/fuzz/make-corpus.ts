// Writes the first files of the corpus: requests as clients send them, for each parser and model.
import { once } from 'node:events';
import { connect } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import type { OipTensor } from '@skerry/contracts';
import sharp from 'sharp';
import { openOnnxEngine } from '../engines/onnx-engine.ts';
import type { ServedModel } from '../models/served-model.ts';
import { encode } from '../serving/grpc/schema/codec.ts';
import { inferenceSchema } from '../serving/grpc/schema/inference.ts';
import { sampleBody } from '../serving/sample-body.ts';
import { readData } from '../tensors/read-data.ts';
import { type Datatype, elementCount, newData } from '../tensors/tensor.ts';
import { writeBinary } from '../tensors/write-binary.ts';
import { until } from '../until.ts';
import { corpusOf, keep } from './corpus.ts';
import { fuzzedModels, openFuzzed } from './wire-targets.ts';

await keepAll();

async function keepAll(): Promise<void> {
  const engine = await openOnnxEngine();
  for (const name of fuzzedModels) {
    const model = openFuzzed(engine, name);
    keepRest(model);
    keepGrpc(model);
  }
  await keepPictures();
  keepEncodings();
  keepMessages();
  keepHttp();
  await keepHttp2();
}

function keepRest(model: ServedModel): void {
  const target = `rest/${model.name}`;
  const { inputs } = sampleBody(model.inputs);
  const outputs = model.outputNames.map((name) => ({ name }));
  const bytes = Buffer.concat(inputs.map(bytesOf));
  const binary = inputs.map((input) => binaryInput(input, bytesOf(input).length));
  const header = JSON.stringify({ inputs: binary, parameters: { binary_data_output: true } });
  const mixed = [binary[0], ...inputs.slice(1)];
  const classes = outputs.map((output) => ({ ...output, parameters: { classification: 2 } }));
  const policy = { priority: 1, timeout: 5_000_000, custom: 'x' };
  keep(target, 'flat.bin', rest({ id: 'a', inputs }));
  keep(
    target,
    'nested.bin',
    rest({ inputs: inputs.map((input) => ({ ...input, data: nested(input) })), outputs }),
  );
  keep(target, 'parameters.bin', rest({ inputs, outputs: classes, parameters: policy }));
  keep(target, 'binary.bin', Buffer.concat([Buffer.from(`${header.length}\n${header}`), bytes]));
  const mixedHeader = JSON.stringify({ inputs: mixed, outputs });
  keep(
    target,
    'mixed.bin',
    Buffer.concat([Buffer.from(`${mixedHeader.length}\n${mixedHeader}`), bytesOf(inputs[0]!)]),
  );
  keep(target, 'raw.bin', Buffer.concat([Buffer.from('0\n'), bytesOf(inputs[0]!)]));
}

function nested({ data, shape }: Pick<OipTensor, 'data' | 'shape'>): unknown {
  const [size = 1, ...rest] = shape;
  if (rest.length === 0) return data;
  const each = data.length / size;
  return Array.from({ length: size }, (_, i) =>
    nested({ data: data.slice(i * each, (i + 1) * each), shape: rest }),
  );
}

function rest(body: object): Buffer {
  return Buffer.from(`\n${JSON.stringify(body)}`);
}

function binaryInput({ data: _, ...input }: OipTensor, size: number) {
  return { ...input, parameters: { binary_data_size: size } };
}

function bytesOf({ name, datatype, shape, data }: OipTensor): Buffer {
  const target = newData(datatype as Datatype, elementCount(shape));
  readData(name, datatype as Datatype, shape, data, target);
  return Buffer.from(writeBinary(datatype as Datatype, target));
}

function keepGrpc(model: ServedModel): void {
  const target = `grpc/${model.name}`;
  const { inputs } = sampleBody(model.inputs);
  const outputs = model.outputNames.map((name) => ({
    name,
    parameters: new Map([['classification', { int64_param: 2 }]]),
  }));
  const parameters = new Map<string, object>([
    ['priority', { uint64_param: 1 }],
    ['timeout', { int64_param: 5_000_000 }],
  ]);
  const head = { model_name: model.name, model_version: '1', id: 'a', parameters };
  const heads = inputs.map(({ name, datatype, shape }) => ({ name, datatype, shape }));
  const typed = inputs
    .filter(({ datatype }) => datatype !== 'FP16')
    .map((input) => ({ ...input, data: undefined, contents: contentsOf(input) }));
  const message = (more: object) => encode(inferenceSchema, 'ModelInferRequest', { ...head, ...more });
  keep(target, 'raw.bin', message({ inputs: heads, raw_input_contents: inputs.map(bytesOf) }));
  keep(target, 'outputs.bin', message({ inputs: heads, outputs, raw_input_contents: inputs.map(bytesOf) }));
  keep(target, 'typed.bin', message({ inputs: typed }));
}

function contentsOf({ datatype, data }: OipTensor) {
  if (datatype === 'BYTES') return { bytes_contents: data.map((text) => Buffer.from(text as string)) };
  if (datatype === 'BOOL') return { bool_contents: data };
  if (datatype.startsWith('FP')) return { [`${datatype.toLowerCase()}_contents`]: data };
  const wide = datatype.endsWith('64') ? '64' : '';
  return { [`${datatype.startsWith('U') ? 'uint' : 'int'}${wide}_contents`]: data };
}

async function keepPictures(): Promise<void> {
  const pixels = Buffer.from(Uint8Array.from({ length: 24 * 16 * 3 }, (_, i) => (i * 37) % 251));
  const picture = () => sharp(pixels, { raw: { width: 24, height: 16, channels: 3 } });
  const turned = picture().withMetadata({ orientation: 6 });
  keep('picture/digits_cnn', 'photo.jpg', await turned.jpeg({ quality: 40 }).toBuffer());
  keep(
    'picture/digits_cnn',
    'progressive.jpg',
    await picture().jpeg({ progressive: true, quality: 20 }).toBuffer(),
  );
  keep('picture/digits_cnn', 'photo.png', await picture().ensureAlpha().png().toBuffer());
  keep('picture/digits_cnn', 'palette.png', await picture().png({ palette: true, colours: 8 }).toBuffer());
  keep('picture/digits_cnn', 'photo.webp', await picture().webp({ quality: 20 }).toBuffer());
  keep('picture/digits_cnn', 'lossless.webp', await picture().webp({ lossless: true }).toBuffer());
}

function keepEncodings(): void {
  const body = Buffer.from(JSON.stringify(sampleBody([{ name: 'x', datatype: 'FP32', shape: [1, 16] }])));
  const bomb = Buffer.alloc(8 * 1024 * 1024);
  for (const [name, pack] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ] as const) {
    keep(`encoding/${name}`, 'body.bin', pack(body));
    keep(`encoding/${name}`, 'bomb.bin', pack(bomb));
  }
  keep('encoding/gzip', 'members.bin', Buffer.concat([gzipSync(body), gzipSync(body)]));
}

function keepMessages(): void {
  const types = {
    ModelReadyRequest: { name: 'digits', version: '1' },
    RepositoryModelLoadRequest: {
      model_name: 'digits',
      parameters: new Map([['config', { string_param: '{}' }]]),
    },
    RepositoryIndexRequest: { repository_name: 'models', ready: true },
  };
  for (const [type, message] of Object.entries(types))
    keep(`message/${type}`, 'ordinary.bin', encode(inferenceSchema, type, message));
}

function keepHttp(): void {
  const infer = (headers: string, body: string) =>
    `POST /v2/models/mlp_tiny/infer HTTP/1.1\r\nHost: a\r\n${headers}\r\n${body}`;
  const body = JSON.stringify(sampleBody([{ name: 'x', datatype: 'FP32', shape: [1, 16] }]));
  const length = `Content-Length: ${body.length}\r\n`;
  const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  const texts = {
    ready: 'GET /v2/health/ready HTTP/1.1\r\nHost: a\r\n\r\n',
    metadata: 'GET /v2/models/mlp_tiny/versions/1 HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n',
    index: 'POST /v2/repository/index HTTP/1.1\r\nHost: a\r\nContent-Length: 14\r\n\r\n{"ready":true}',
    statistics: 'GET /v2/models/stats HTTP/1.0\r\n\r\n',
    infer: infer(length, body),
    binary: infer(`${length}Inference-Header-Content-Length: ${body.length}\r\n`, body),
    chunked: infer('Transfer-Encoding: chunked\r\n', chunks),
    instance: infer(length, body).replace('mlp_tiny', 'digits_cnn'),
    pipelined: infer(length, body) + infer(length, body),
    encoded: infer(`${length}Content-Encoding: gzip\r\nAccept-Encoding: gzip\r\n`, body),
    traced: infer(
      `${length}traceparent: 00-${'a'.repeat(32)}-${'b'.repeat(16)}-01\r\nServer-Timing: 1\r\n`,
      body,
    ),
    unfinished: infer('Content-Length: 100000\r\n', body),
  };
  for (const path of ['config', 'stats', 'sample'])
    keep(
      'http/raw',
      `${path}.bin`,
      Buffer.from(`GET /v2/models/mlp_tiny/${path} HTTP/1.1\r\nHost: a\r\n\r\n`),
    );
  keep('http/raw', 'photo.bin', photoRequest());
  for (const [name, text] of Object.entries(texts)) keep('http/raw', `${name}.bin`, Buffer.from(text));
}

function photoRequest(): Buffer {
  const [photo] = corpusOf('picture/digits_cnn') as [Buffer];
  const head = `Host: a\r\nContent-Type: image/jpeg\r\nContent-Length: ${photo.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(`POST /v2/models/digits_cnn/infer HTTP/1.1\r\n${head}`), photo]);
}

/** What a client of gRPC sends on a new connection: preface, settings, one call. */
async function keepHttp2(): Promise<void> {
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
