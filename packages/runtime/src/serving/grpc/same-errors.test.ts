import assert from 'node:assert/strict';
import { it } from 'node:test';
import { codes } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import { failure } from '../../errors.ts';
import { startTestServer } from '../rest/test-server.ts';
import { statusWriter } from './errors.ts';
import type { Message } from './schema/codec.ts';
import { inferenceSchema } from './schema/inference.ts';
import { startTestGrpc, testClient } from './test-client.ts';

const rest = await startTestServer([
  'models/mlp_tiny.onnx',
  'fixtures/iris_zipmap.onnx',
  'fixtures/dynamic.onnx',
]);
const { port } = await startTestGrpc(rest.models);
const grpc = testClient(inferenceSchema, port);

const x = { name: 'x', datatype: 'FP32', shape: [1, 16], data: Array(16).fill(0.5) };
const iris = { name: 'X', datatype: 'FP32', shape: [1, 4], data: [5, 3, 1, 0] };
type Tensor = typeof x;

interface Case {
  readonly model: string;
  readonly version?: string;
  readonly inputs: readonly Tensor[];
  readonly outputs?: readonly { readonly name: string }[];
}

const cases: readonly Case[] = [
  { model: 'nope', inputs: [x] },
  { model: 'mlp_tiny', version: '2', inputs: [x] },
  { model: 'mlp_tiny', inputs: [] },
  { model: 'mlp_tiny', inputs: [x, x] },
  { model: 'mlp_tiny', inputs: [{ ...x, name: 'y' }] },
  { model: 'mlp_tiny', inputs: [{ ...x, datatype: 'INT64' }] },
  { model: 'mlp_tiny', inputs: [{ ...x, shape: [1, 17] }] },
  { model: 'mlp_tiny', inputs: [{ ...x, shape: [16] }] },
  { model: 'mlp_tiny', inputs: [x], outputs: [{ name: 'z' }] },
  { model: 'mlp_tiny', inputs: [x], outputs: [{ name: 'y' }, { name: 'y' }] },
  { model: 'iris_zipmap', inputs: [iris], outputs: [{ name: 'output_probability' }] },
];
const grpcCode: Readonly<Record<number, number>> = { 400: 3, 404: 5 };

const messageOf = ({ model, version, inputs, outputs = [] }: Case): Message => ({
  model_name: model,
  model_version: version,
  inputs: inputs.map(({ data, ...tensor }) => ({ ...tensor, contents: { fp32_contents: data } })),
  outputs,
});

for (const one of cases) {
  const { model, version, inputs, outputs } = one;
  it(`is the same error over REST and gRPC: ${JSON.stringify({ ...one, inputs: inputs.map(({ data, ...it }) => it) })}`, async () => {
    const path = `/v2/models/${model}${version ? `/versions/${version}` : ''}/infer`;
    const body = JSON.stringify({ inputs, ...(outputs && { outputs }) });
    const { status, json } = await rest.call(path, { method: 'POST', body });
    const answer = await grpc.call('ModelInfer', messageOf(one));
    assert.ok('error' in answer);
    const { code, details, metadata } = answer.error;
    assert.deepEqual(
      { code, details, skerry: metadata.get('skerry-code') },
      { code: grpcCode[status], details: json.error, skerry: [json.code] },
    );
  });
}

it('has a gRPC code for every status that a code of the catalogue has', () => {
  const statusOf = statusWriter(silentLogger);
  const mapped = new Map<number, number>();
  for (const name of Object.keys(codes) as (keyof typeof codes)[]) {
    const error = failure(name, 'why');
    mapped.set(error.status, statusOf(error).code);
  }
  const wanted = { 400: 3, 401: 16, 403: 7, 404: 5, 413: 8, 429: 8, 500: 13, 501: 12, 503: 14 };
  for (const [status, code] of Object.entries(wanted)) assert.equal(mapped.get(Number(status)), code, status);
  for (const [status, code] of mapped) if (status < 500) assert.notEqual(code, 13, String(status));
});

it('tells a client that retries by itself how long to wait', () => {
  const statusOf = statusWriter(silentLogger);
  const { metadata } = statusOf(failure('Overloaded', 'why', { fields: { retryAfterS: 3 } }));
  assert.deepEqual(metadata.get('grpc-retry-pushback-ms'), ['3000']);
  assert.deepEqual(statusOf(failure('ModelNotFound', 'why')).metadata.get('grpc-retry-pushback-ms'), []);
});

it('says nothing of what broke inside', () => {
  const statusOf = statusWriter(silentLogger);
  const { code, details } = statusOf(new Error('a secret'));
  assert.equal(code, 13);
  assert.doesNotMatch(details, /secret/);
});
