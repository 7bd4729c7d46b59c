import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import {
  type ClientDuplexStream,
  compressionAlgorithms,
  credentials,
  makeGenericClientConstructor,
} from '@grpc/grpc-js';
import type { Call } from '../../observe/call.ts';
import { until } from '../../until.ts';
import { decode, encode, type Message } from './schema/codec.ts';
import { healthSchema } from './schema/health.ts';
import { inferenceSchema } from './schema/inference.ts';
import { reflectionSchema } from './schema/reflection.ts';
import { startTestGrpc, testClient } from './test-client.ts';
import { testModels } from './test-models.ts';

const models = await testModels(['models/mlp_tiny.onnx', 'fixtures/words.onnx'], {
  mlp_tiny: { outputs: { y: { classification: { labels: ['cat', 'dog', 'cow'] } } } },
});
const { port } = await startTestGrpc(models);
const grpc = testClient(inferenceSchema, port);

const x = { name: 'x', datatype: 'FP32', shape: [1, 16] };
const floats = Buffer.from(new Float32Array(16).fill(0.5).buffer);
const mlp = { model_name: 'mlp_tiny', inputs: [x], raw_input_contents: [floats] };
const bytesOf = (message: Message) => encode(inferenceSchema, 'ModelInferRequest', message);
const INFER = '/inference.GRPCInferenceService/ModelInfer';

const received = async (stream: ClientDuplexStream<Buffer, Buffer>, count: number) => {
  const all: Buffer[] = [];
  for await (const bytes of stream) if (all.push(bytes) === count) break;
  return all;
};

describe('answers', () => {
  it('has classes where they are asked for, and results in words beside the tensors', async () => {
    const outputs = [{ name: 'y', parameters: new Map([['classification', { int64_param: 2 }]]) }];
    const parameters = new Map([['results', { bool_param: true }]]);
    const answer = await grpc.call('ModelInfer', { ...mlp, outputs, parameters });
    assert.ok('message' in answer);
    const [output] = answer.message.outputs as Message[];
    assert.deepEqual([output!.datatype, output!.shape], ['BYTES', [1, 2]]);
    const [raw] = answer.message.raw_output_contents as Buffer[];
    const length = raw!.readUInt32LE(0);
    const [value, index, label] = raw!.toString('utf8', 4, 4 + length).split(':');
    const { string_param } = (answer.message.parameters as Map<string, Message>).get('results')!;
    const [row] = JSON.parse(string_param as string);
    assert.deepEqual([row.y[0].label, row.y[0].index], [label, Number(index)]);
    assert.ok(Math.abs(row.y[0].confidence - Number(value)) < 1e-3);
  });

  it('takes and gives text as BYTES', async () => {
    const words = Buffer.concat(
      ['gate', 'left', 'valve', 'right'].flatMap((word) => [
        Buffer.from([word.length, 0, 0, 0]),
        Buffer.from(word),
      ]),
    );
    const inputs = [{ name: 'words', datatype: 'BYTES', shape: [2, 2] }];
    const answer = await grpc.call('ModelInfer', {
      model_name: 'words',
      inputs,
      raw_input_contents: [words],
    });
    assert.ok('message' in answer);
    const [labels] = answer.message.raw_output_contents as Buffer[];
    assert.equal(labels!.toString('latin1'), '\x04\0\0\0open\x04\0\0\0shut');
  });
});

describe('streams', () => {
  it('answers requests in their order, an error among them, and goes on', async () => {
    const stream = grpc.stream('ModelStreamInfer');
    const names = Array.from({ length: 40 }, (_, i) => (i % 10 === 7 ? 'nope' : 'mlp_tiny'));
    for (const [i, name] of names.entries()) stream.write(bytesOf({ ...mlp, model_name: name, id: `${i}` }));
    stream.end();
    const answers = (await received(stream, 41)).map((bytes) =>
      decode(inferenceSchema, 'ModelStreamInferResponse', bytes),
    );
    assert.equal(answers.length, names.length);
    for (const [i, { error_message, infer_response }] of answers.entries()) {
      if (names[i] === 'nope') assert.equal(error_message, 'there is no model nope here');
      else assert.equal((infer_response as Message).id, `${i}`);
    }
  });
});

describe('limits', () => {
  const callWith = (target: number, bytes: Buffer, options = {}) => {
    const Generic = makeGenericClientConstructor({}, 'generic');
    const client = new Generic(`127.0.0.1:${target}`, credentials.createInsecure(), options);
    const asIs = (it: Buffer) => it;
    return new Promise<Buffer>((resolve, reject) =>
      client.makeUnaryRequest(INFER, asIs, asIs, bytes, (error: Error | null, answer?: Buffer) => {
        client.close();
        if (error) reject(error);
        else resolve(answer!);
      }),
    );
  };
  const gzip = { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip };

  it('reads what is compressed, within the same limit', async () => {
    await callWith(port, bytesOf(mlp), gzip);
    const bomb = bytesOf({ ...mlp, id: 'x'.repeat(2 * 1024 * 1024) });
    await assert.rejects(callWith(port, bomb, gzip), { code: 8 });
    await assert.rejects(callWith(port, bomb), { code: 8 });
    await callWith(port, bytesOf(mlp));
  });

  it('cuts off a connection too many, and one that does not speak HTTP/2', async () => {
    const small = await startTestGrpc(models, { limits: { idleMs: 5_000, connections: 1, bodyLimit: 1024 } });
    const first = connect(small.port, '127.0.0.1');
    await once(first, 'connect');
    await assert.rejects(callWith(small.port, bytesOf(mlp)), { code: 14 });
    first.write('GET / HTTP/1.1\r\n\r\n');
    first.resume();
    await once(first, 'close');
    await until(() =>
      callWith(small.port, bytesOf(mlp)).then(
        () => true,
        () => false,
      ),
    );
  });

  it('cuts off who is silent', async () => {
    const idle = await startTestGrpc(models, { limits: { idleMs: 200, connections: 8, bodyLimit: 1024 } });
    const silent = connect(idle.port, '127.0.0.1');
    silent.resume();
    await once(silent, 'close');
  });
});

describe('what is not served', () => {
  it('is UNIMPLEMENTED, and says so', async () => {
    for (const method of ['SystemSharedMemoryStatus', 'TraceSetting', 'LogSettings'])
      await assert.rejects(
        grpc.callBytes(`/inference.GRPCInferenceService/${method}`, Buffer.alloc(0)),
        ({ code, details }: { code: number; details: string }) => code === 12 && details.startsWith(method),
      );
  });
});

describe('health', () => {
  it('tells who watches when a model comes', async () => {
    const empty = await testModels([]);
    const other = await startTestGrpc(empty);
    const { client } = testClient(healthSchema, other.port);
    const asIs = (bytes: Buffer) => bytes;
    const request = encode(healthSchema, 'HealthCheckRequest', { service: 'mlp_tiny' });
    const watch = client.makeServerStreamRequest<Buffer, Buffer>(
      '/grpc.health.v1.Health/Watch',
      asIs,
      asIs,
      request,
    );
    const seen: unknown[] = [];
    watch.on('data', (bytes: Buffer) => seen.push(decode(healthSchema, 'HealthCheckResponse', bytes).status));
    watch.on('error', () => {});
    await until(() => seen.length === 1);
    empty.publish('mlp_tiny', models.entries.get('mlp_tiny'));
    await until(() => seen.length === 2);
    watch.cancel();
    assert.deepEqual(seen, ['SERVICE_UNKNOWN', 'SERVING']);
  });
});

describe('reflection', () => {
  for (const version of ['v1', 'v1alpha'] as const)
    it(`gives services and files over ${version}`, async () => {
      const schema = reflectionSchema(version);
      const stream = testClient(schema, port).stream('ServerReflectionInfo');
      const asked = [
        { list_services: '' },
        { file_containing_symbol: 'inference.ModelInferRequest.InferInputTensor' },
        { file_containing_symbol: 'inference.GRPCInferenceService.ModelInfer' },
        { file_by_filename: 'grpc/health/v1/health.proto' },
        { file_containing_symbol: 'inference.Nope' },
      ];
      for (const one of asked) stream.write(encode(schema, 'ServerReflectionRequest', one));
      stream.end();
      const answers = (await received(stream, asked.length)).map((bytes) =>
        decode(schema, 'ServerReflectionResponse', bytes),
      );
      const { service } = answers[0]!.list_services_response as { service: Message[] };
      assert.ok(service.some(({ name }) => name === 'inference.GRPCInferenceService'));
      const files = answers.slice(1, 4).map(({ file_descriptor_response }) => {
        const { file_descriptor_proto } = file_descriptor_response as { file_descriptor_proto: Buffer[] };
        return file_descriptor_proto[0]!.toString('latin1');
      });
      assert.match(files[0]!, /grpc_service\.proto/);
      assert.equal(files[0], files[1]);
      assert.match(files[2]!, /HealthCheckRequest/);
      assert.equal((answers[4]!.error_response as Message).error_code, 5);
    });
});

describe('draining', () => {
  it('lets go of connections, and takes no more', async () => {
    const listener = await startTestGrpc(models);
    const { call } = testClient(inferenceSchema, listener.port);
    assert.ok('message' in (await call('ModelInfer', mlp)));
    await listener.drain(5_000);
    const refused = connect(listener.port, '127.0.0.1');
    await assert.rejects(once(refused, 'connect'), { code: 'ECONNREFUSED' });
  });
});

describe('observers', () => {
  it('see calls with their model, their timing and how they ended', async () => {
    const seen: Call[] = [];
    const observer = {
      opened(call: Call) {
        call.trace = { traceparent: '00-1', traceId: '1' };
      },
      closed: (call: Call) => void seen.push(call),
    };
    const listener = await startTestGrpc(models, { observer });
    const { call } = testClient(inferenceSchema, listener.port);
    await call('ModelInfer', mlp);
    await call('ModelInfer', { ...mlp, model_name: 'nope' });
    await until(() => seen.length === 2);
    const [well, badly] = seen;
    assert.deepEqual(
      [well!.protocol, well!.client, well!.method, well!.status, well!.model, well!.version, well!.code],
      ['grpc', '127.0.0.1', 'ModelInfer', 0, 'mlp_tiny', '1', undefined],
    );
    assert.ok(well!.timing!.inferUs > 0);
    assert.deepEqual([badly!.status, badly!.code, badly!.model], [5, 'ModelNotFound', undefined]);
  });
});
