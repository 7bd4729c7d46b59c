import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startTestServer } from './test-server.ts';

const server = await startTestServer([
  'models/digits_cnn.onnx',
  'models/mlp_tiny.onnx',
  ...['datatypes', 'dynamic', 'iris_zipmap', 'scalars', 'words'].map((name) => `fixtures/${name}.onnx`),
]);

const fp32 = (name: string, shape: number[], data: unknown) => ({ name, shape, datatype: 'FP32', data });
const x = (data: unknown, shape = [1, 16]) => ({ inputs: [fp32('x', shape, data)] });
const sixteen = Array.from({ length: 16 }, (_, i) => i / 16);

describe('health and metadata', () => {
  it('is live, and ready until told otherwise', async () => {
    assert.equal((await server.call('/v2/health/live')).status, 200);
    assert.equal((await server.call('/v2/health/ready')).status, 200);
    server.setReady(false);
    const { status, headers, json } = await server.call('/v2/health/ready');
    server.setReady(true);
    assert.equal(status, 503);
    assert.equal(headers.get('retry-after'), '1');
    assert.match(json.error, /starting or stopping/);
  });

  it('answers HEAD as GET, without a body', async () => {
    const { status, headers, text } = await server.call('/v2/models/mlp_tiny', { method: 'HEAD' });
    assert.equal(status, 200);
    assert.ok(Number(headers.get('content-length')) > 0);
    assert.equal(text, '');
    assert.equal((await server.call('/v2/models/mlp_tiny/infer', { method: 'HEAD' })).status, 405);
  });

  it('says what it is', async () => {
    const { name, version, extensions } = (await server.call('/v2')).json;
    assert.deepEqual([name, version], ['skerry', '0']);
    assert.ok(extensions.includes('binary_tensor_data'));
  });

  it("gives a model's names, datatypes and shapes", async () => {
    const wanted = {
      name: 'mlp_tiny',
      versions: ['1'],
      platform: 'onnxruntime_onnx',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 16] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 3] }],
    };
    assert.deepEqual((await server.call('/v2/models/mlp_tiny')).json, wanted);
    assert.deepEqual((await server.call('/v2/models/mlp_tiny/versions/1?verbose=1')).json, wanted);
    assert.equal((await server.call('/v2/models/mlp_tiny/ready')).status, 200);
    assert.equal((await server.call('/v2/models/mlp%5Ftiny/versions/1/ready')).status, 200);
  });

  const wrong = [
    ['GET', '/v2/models/nope', 404, /no model nope/],
    ['GET', '/v2/models/mlp_tiny/versions/2', 404, /no version 2 here; version 1 serves/],
    ['GET', '/v2/models/nope/ready', 404, /no model nope/],
    ['POST', '/v2/models/nope/infer', 404, /no model nope/],
    ['GET', '/v3', 404, /nothing at \/v3/],
    ['GET', '/v2/models//infer', 404, /nothing at/],
    ['GET', '/v2/models/%E0%A4%A/ready', 400, /malformed escape/],
    ['PUT', '/v2/models/mlp_tiny/infer', 405, /takes POST, not PUT/],
    ['POST', '/v2/health/live', 405, /takes GET, not POST/],
  ] as const;
  for (const [method, path, status, words] of wrong)
    it(`answers ${method} ${path} with ${status}`, async () => {
      const answer = await server.call(path, { method });
      assert.equal(answer.status, status);
      assert.match(answer.json.error, words);
      assert.equal(answer.headers.has('allow'), status === 405);
    });
});

describe('inference', () => {
  it('answers flat and nested data alike, with the id that came', async () => {
    const flat = await server.infer('mlp_tiny', { id: 'a "b"', ...x(sixteen) });
    const nested = await server.infer('mlp_tiny', x([sixteen]));
    assert.equal(flat.status, 200);
    assert.equal(flat.json.id, 'a "b"');
    assert.equal(flat.json.model_name, 'mlp_tiny');
    assert.equal(flat.json.model_version, '1');
    assert.deepEqual(flat.json.outputs[0].shape, [1, 3]);
    assert.deepEqual(flat.json.outputs, nested.json.outputs);
    assert.equal('id' in nested.json, false);
  });

  it('answers each request with its own numbers, though memory is used again', async () => {
    const rows = [0, 1, 2].map((row) => sixteen.map((value) => value + row));
    const batch = await server.infer('mlp_tiny', x(rows, [3, 16]));
    for (const [row, data] of rows.entries()) {
      const alone = (await server.infer('mlp_tiny', x(data))).json.outputs[0].data;
      for (const [i, value] of alone.entries())
        assert.ok(Math.abs(value - batch.json.outputs[0].data[row * 3 + i]) < 1e-6);
    }
  });

  it('answers with the outputs that are asked for, in that order', async () => {
    const inputs = [fp32('a', [1, 2], [3, 0]), fp32('b', [1, 1], [2])];
    const both = await server.infer('dynamic', { inputs, outputs: [{ name: 'where' }, { name: 'joined' }] });
    assert.deepEqual(both.json.outputs, [
      { name: 'where', datatype: 'INT64', shape: [2, 1], data: [0, 0] },
      { name: 'joined', datatype: 'FP32', shape: [1, 3], data: [3, 0, 2] },
    ]);
    const one = await server.infer('dynamic', {
      inputs,
      outputs: [{ name: 'joined', parameters: { binary_data: false } }],
    });
    assert.equal(one.json.outputs.length, 1);
  });

  it('takes strings, and scalars in a list or bare', async () => {
    const words = {
      name: 'words',
      shape: [2, 2],
      datatype: 'BYTES',
      data: [
        ['gate', 'left'],
        ['valve', 'right'],
      ],
    };
    assert.deepEqual((await server.infer('words', { inputs: [words] })).json.outputs[0].data, [
      'open',
      'shut',
    ]);
    const bytes = await server.infer('datatypes', datatypesBody({ bytes: '"\\u00e9\\"\\n"' }));
    assert.equal(bytes.json.outputs.at(-1).data[0], 'é"\n');
    const scalars = { inputs: [fp32('value', [], [6]), fp32('factor', [], 7)] };
    assert.deepEqual((await server.infer('scalars', scalars)).json.outputs, [
      { name: 'product', datatype: 'FP32', shape: [], data: [42] },
    ]);
  });

  it('serves the tensor outputs of a ZipMap model, and names the export option for the other', async () => {
    const inputs = [fp32('X', [1, 4], [5.1, 3.5, 1.4, 0.2])];
    assert.deepEqual((await server.infer('iris_zipmap', { inputs })).json.outputs, [
      { name: 'output_label', datatype: 'INT64', shape: [1], data: [0] },
    ]);
    const asked = await server.infer('iris_zipmap', { inputs, outputs: [{ name: 'output_probability' }] });
    assert.equal(asked.status, 400);
    assert.match(asked.json.error, /output_probability is not a tensor.*"zipmap": False/);
  });

  it('keeps every digit of 64-bit integers', async () => {
    const answer = await server.infer(
      'datatypes',
      datatypesBody({ int64: '-9223372036854775808', uint64: '18446744073709551615' }),
    );
    assert.equal(answer.status, 200, answer.text);
    assert.match(
      answer.text,
      /"name":"int64_out","datatype":"INT64","shape":\[1\],"data":\[-9223372036854775808\]/,
    );
    assert.match(
      answer.text,
      /"name":"uint64_out","datatype":"UINT64","shape":\[1\],"data":\[18446744073709551615\]/,
    );
  });

  const outOfRange: [string, string][] = [
    ['bool', '2'],
    ['int8', '128'],
    ['int16', '-32769'],
    ['int32', '1.5'],
    ['int64', '9223372036854775808'],
    ['int64', '1e30'],
    ['int64', '1e999'],
    ['uint8', '-1'],
    ['uint16', '65536'],
    ['uint32', '4294967296'],
    ['uint64', '-1'],
    ['fp16', '65520'],
    ['fp32', '1e39'],
    ['fp64', '1e999'],
    ['bytes', '1'],
    ['fp32', 'null'],
    ['fp32', '"1"'],
    ['int32', 'true'],
  ];
  for (const [name, value] of outOfRange)
    it(`refuses ${value} for ${name}`, async () => {
      const { status, json } = await server.infer('datatypes', datatypesBody({ [name]: value }));
      assert.equal(status, 400);
      assert.match(
        json.error,
        new RegExp(`^input ${name}: data\\[0\\] is .*, which ${name.toUpperCase()} cannot hold$`),
      );
    });
});

// As text, since JSON.stringify would round the very numbers in question.
function datatypesBody(values: Record<string, string>): string {
  const names = [
    'bool',
    'int8',
    'int16',
    'int32',
    'int64',
    'uint8',
    'uint16',
    'uint32',
    'uint64',
    'fp16',
    'fp32',
    'fp64',
  ];
  const tensors = [...names, 'bytes'].map((name) => {
    const value = values[name] ?? (name === 'bytes' ? '"a"' : name === 'bool' ? 'true' : '1');
    return `{"name":"${name}","shape":[1],"datatype":"${name.toUpperCase()}","data":[${value}]}`;
  });
  return `{"inputs":[${tensors.join(',')}]}`;
}

describe('bad requests', () => {
  const tensor = fp32('x', [1, 16], sixteen);
  const bad: [string, unknown, RegExp][] = [
    ['no body', '', /body is not JSON/],
    ['half a body', '{"inputs":[', /body is not JSON/],
    ['a list', [], /must be a JSON object/],
    ['no inputs', {}, /inputs must be a list/],
    ['inputs that are no list', { inputs: {} }, /inputs must be a list/],
    ['an input that is no object', { inputs: [1] }, /inputs\[0\] must be an object/],
    ['a number for an id', { id: 1, inputs: [tensor] }, /id must be a string/],
    ['no input', { inputs: [] }, /input x is missing; model mlp_tiny takes x \(FP32 \[any,16\]\)/],
    ['another name', { inputs: [{ ...tensor, name: 'z' }] }, /no input z; it takes x \(FP32 \[any,16\]\)/],
    ['an inherited name', { inputs: [{ ...tensor, name: 'constructor' }] }, /no input constructor/],
    ['an input twice', { inputs: [tensor, tensor] }, /input x is given twice/],
    ['another datatype', { inputs: [{ ...tensor, datatype: 'FP64' }] }, /datatype must be FP32, not FP64/],
    ['no datatype', { inputs: [{ ...tensor, datatype: undefined }] }, /datatype must be FP32, not undefined/],
    [
      'a datatype that no text can show',
      { inputs: [{ ...tensor, datatype: { toString: 0 } }] },
      /datatype must be FP32, not an object/,
    ],
    ['another rank', x(sixteen, [16]), /shape must be \[any,16\], not \[16\]/],
    ['another size', x(sixteen, [1, 15]), /shape must be \[any,16\], not \[1,15\]/],
    ['no shape', { inputs: [{ ...tensor, shape: undefined }] }, /shape must be a list of sizes/],
    ['a negative size', x(sixteen, [-1, 16]), /shape must be a list of sizes/],
    ['a size with a fraction', x(sixteen, [1.5, 16]), /shape must be a list of sizes/],
    ['a size that no memory has', x([sixteen], [1e12, 16]), /more than the body holds/],
    ['no data', x(undefined), /data is missing/],
    ['data that is no list', x('abc'), /data must be a list, not a string/],
    ['too few elements', x([1, 2]), /shape \[1,16\] has 16 elements, but data has 2/],
    ['too many elements', x([...sixteen, 1]), /shape \[1,16\] has 16 elements, but data has 17/],
    ['short inner lists', x([[1, 2]]), /lists of 16 at depth 2, as shape \[1,16\] says; found one of 2/],
    ['ragged lists', x([sixteen, 1], [2, 16]), /lists of 16 at depth 2.*found a number/],
    [
      'lists where numbers belong',
      x([sixteen.map((value) => [value])]),
      /element 0 is a list, which FP32 cannot hold/,
    ],
    ['another output', { inputs: [tensor], outputs: [{ name: 'q' }] }, /no output q; it gives y/],
    ['an output twice', { inputs: [tensor], outputs: [{ name: 'y' }, { name: 'y' }] }, /asked for twice/],
    ['outputs that are no list', { inputs: [tensor], outputs: 'y' }, /outputs must be a list/],
    [
      'an output without a name',
      { inputs: [tensor], outputs: [{}] },
      /outputs\[0\] must be an object with name/,
    ],
    ['parameters that are no object', { inputs: [tensor], parameters: 1 }, /parameters must be an object/],
    ['lists a thousand deep', '['.repeat(1000) + ']'.repeat(1000), /deeper than 128 levels/],
    [
      'data a thousand deep',
      `{"inputs":[{"name":"x","shape":[1,16],"datatype":"FP32","data":${'['.repeat(1000)}${']'.repeat(1000)}}]}`,
      /deeper than 128/,
    ],
    ['a million opened lists', '['.repeat(1_000_000), /deeper than 128 levels/],
    ['data in an element deep', x([['['.repeat(2)]], [1, 1]), /shape must be/],
  ];
  for (const [what, body, words] of bad)
    it(`refuses ${what}`, async () => {
      const { status, json } = await server.infer('mlp_tiny', body);
      assert.equal(status, 400);
      assert.match(json.error, words);
    });

  it('refuses text that is not UTF-8', async () => {
    const { status, json } = await server.call('/v2/models/words/infer', {
      method: 'POST',
      body: Buffer.from('{"id":"\xff"}', 'latin1'),
    });
    assert.equal(status, 400);
    assert.match(json.error, /not valid UTF-8/);
  });

  it('goes on serving after each of them', async () => {
    assert.equal((await server.infer('mlp_tiny', x(sixteen))).status, 200);
  });
});
