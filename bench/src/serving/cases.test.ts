import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binaryBody, digits, inferMessage, jsonBody, mobilenet, valuesOf } from './cases.ts';

test('a binary body is its JSON and then the tensor that it speaks of', () => {
  const { headers, body } = binaryBody(mobilenet, { timeout: 50_000 });
  const length = Number(headers['Inference-Header-Content-Length']);
  const head = JSON.parse(body.toString('utf8', 0, length));
  assert.equal(head.parameters.timeout, 50_000);
  assert.equal(head.inputs[0].parameters.binary_data_size, body.length - length);
  assert.equal(body.length - length, 4 * 3 * 224 * 224);
  assert.equal(body.readFloatLE(length + 4), valuesOf(mobilenet)[1]);
});

test('JSON and gRPC say the same', () => {
  const { inputs } = JSON.parse(Buffer.from(jsonBody(digits).body).toString());
  const { raw, shape, input } = inferMessage(digits);
  assert.deepEqual([inputs[0].name, inputs[0].shape], [input, shape]);
  assert.deepEqual(inputs[0].data, [...new Float32Array(raw.slice().buffer)]);
});
