import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Message } from './schema/codec.ts';
import { healthSchema } from './schema/health.ts';
import { inferenceSchema } from './schema/inference.ts';
import { type Answer, startTestGrpc, testClient } from './test-client.ts';
import { testModels } from './test-models.ts';

const models = await testModels([
  'models/digits_cnn.onnx',
  'models/mlp_tiny.onnx',
  ...['datatypes', 'dynamic', 'iris_zipmap', 'scalars', 'words'].map((name) => `fixtures/${name}.onnx`),
]);
let ready = true;
const { port } = await startTestGrpc(models, { isReady: () => ready });
const grpc = testClient(inferenceSchema, port);
const health = testClient(healthSchema, port);

const sixteen = Array.from({ length: 16 }, (_, i) => i / 16);
const floats = (values: readonly number[]) => Buffer.from(Float32Array.from(values).buffer);
const x = { name: 'x', datatype: 'FP32', shape: [1, 16] };
const infer = (request: Message) => grpc.call('ModelInfer', request);

function messageOf(answer: Answer): Message {
  if ('error' in answer) throw answer.error;
  return answer.message;
}

function errorOf(answer: Answer) {
  assert.ok('error' in answer, 'the call ends with an error');
  const { code, details, metadata } = answer.error;
  return { code, details, skerry: metadata.get('skerry-code')[0] };
}

describe('health and metadata', () => {
  it('is live, and ready until told otherwise', async () => {
    assert.deepEqual(messageOf(await grpc.call('ServerLive', {})), { live: true });
    assert.deepEqual(messageOf(await grpc.call('ServerReady', {})), { ready: true });
    ready = false;
    assert.deepEqual(messageOf(await grpc.call('ServerReady', {})), { ready: false });
    assert.deepEqual(messageOf(await health.call('Check', {})), { status: 'NOT_SERVING' });
    ready = true;
  });

  it('tells whether a model is ready', async () => {
    for (const [request, wanted] of [
      [{ name: 'mlp_tiny' }, true],
      [{ name: 'mlp_tiny', version: '1' }, true],
      [{ name: 'mlp_tiny', version: '2' }, false],
      [{ name: 'nope' }, false],
    ] as const)
      assert.deepEqual(messageOf(await grpc.call('ModelReady', request)), { ready: wanted });
  });

  it('says what it is', async () => {
    const { name, version } = messageOf(await grpc.call('ServerMetadata', {}));
    assert.deepEqual({ name, version }, { name: 'skerry', version: '0' });
  });

  it("gives a model's names, datatypes and shapes", async () => {
    assert.deepEqual(messageOf(await grpc.call('ModelMetadata', { name: 'mlp_tiny' })), {
      name: 'mlp_tiny',
      versions: ['1'],
      platform: 'onnxruntime_onnx',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 16] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 3] }],
    });
  });

  it('answers health checks of the server, the service and models', async () => {
    for (const service of ['', 'inference.GRPCInferenceService', 'mlp_tiny'])
      assert.deepEqual(messageOf(await health.call('Check', { service })), { status: 'SERVING' });
    assert.equal(errorOf(await health.call('Check', { service: 'nope' })).code, 5);
  });
});

describe('inference', () => {
  const outputOf = (message: Message) => {
    const [raw] = message.raw_output_contents as Buffer[];
    return [...new Float32Array(new Uint8Array(raw!).buffer)];
  };

  it('takes raw and typed contents, and answers in raw ones', async () => {
    const { inline } = models.find('mlp_tiny');
    const feed = { datatype: 'FP32', shape: [1, 16], data: Float32Array.from(sixteen) } as const;
    const wanted = [...(inline!.run([feed], ['y'])[0]!.data as Float32Array)];
    const request = {
      model_name: 'mlp_tiny',
      id: 'a "b"',
      inputs: [x],
      raw_input_contents: [floats(sixteen)],
    };
    const raw = messageOf(await infer(request));
    assert.equal(raw.model_name, 'mlp_tiny');
    assert.equal(raw.model_version, '1');
    assert.equal(raw.id, 'a "b"');
    const [output] = raw.outputs as Message[];
    assert.deepEqual([output!.name, output!.datatype, output!.shape], ['y', 'FP32', [1, 3]]);
    const typed = { model_name: 'mlp_tiny', inputs: [{ ...x, contents: { fp32_contents: sixteen } }] };
    const both = [outputOf(raw), outputOf(messageOf(await infer(typed)))];
    for (const data of both) assert.deepEqual(data, wanted);
  });
});
