import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startTestServer } from './test-server.ts';

const server = await startTestServer([
  'models/digits_cnn.onnx',
  'models/mlp_tiny.onnx',
  ...['datatypes', 'dynamic', 'scalars', 'words'].map((name) => `fixtures/${name}.onnx`),
]);

const bytesOf = (data: ArrayBufferView) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
const texts = (...elements: string[]) =>
  Buffer.concat(
    elements.map((text) => {
      const bytes = Buffer.from(text);
      return Buffer.concat([bytesOf(Uint32Array.of(bytes.length)), bytes]);
    }),
  );

interface Input {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly bytes: Buffer;
}

const x: Input = {
  name: 'x',
  datatype: 'FP32',
  shape: [1, 16],
  bytes: bytesOf(Float32Array.from({ length: 16 }, (_, i) => i / 16)),
};
const xAsJson = {
  name: 'x',
  datatype: 'FP32',
  shape: [1, 16],
  data: Array.from({ length: 16 }, (_, i) => i / 16),
};

/** Posts a JSON part and what stands behind it; `headerLength` as it should be, unless told otherwise. */
async function post(model: string, json: unknown, binary: Buffer, headerLength?: string) {
  const header = typeof json === 'string' ? json : JSON.stringify(json);
  const response = await fetch(`http://127.0.0.1:${server.port}/v2/models/${model}/infer`, {
    method: 'POST',
    body: Buffer.concat([Buffer.from(header), binary]),
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': headerLength ?? String(Buffer.byteLength(header)),
    },
  });
  const body = Buffer.from(await response.arrayBuffer());
  const jsonLength = response.headers.get('inference-header-content-length');
  const end = jsonLength === null ? body.length : Number(jsonLength);
  assert.equal(
    response.headers.get('content-type'),
    jsonLength === null ? 'application/json' : 'application/octet-stream',
  );
  return {
    status: response.status,
    json: JSON.parse(body.toString('utf8', 0, end)),
    binary: body.subarray(end),
  };
}

const inputOf = ({ name, datatype, shape, bytes }: Input) => ({
  name,
  datatype,
  shape,
  parameters: { binary_data_size: bytes.length },
});

const infer = (model: string, inputs: readonly Input[], more: object = {}) =>
  post(model, { inputs: inputs.map(inputOf), ...more }, Buffer.concat(inputs.map(({ bytes }) => bytes)));

const asJson = (await server.infer('mlp_tiny', { inputs: [xAsJson] })).json.outputs;

describe('binary inputs', () => {
  it('give the same answer as JSON', async () => {
    const { status, json, binary } = await infer('mlp_tiny', [x]);
    assert.equal(status, 200);
    assert.deepEqual(json.outputs, asJson);
    assert.equal(binary.length, 0);
  });

  it('may lie anywhere in the body', async () => {
    for (let spaces = 0; spaces < 8; spaces++) {
      const json = JSON.stringify({ inputs: [inputOf(x)] }) + ' '.repeat(spaces);
      assert.deepEqual((await post('mlp_tiny', json, x.bytes)).json.outputs, asJson);
    }
  });

  it('are read in the order of the request, beside others in JSON', async () => {
    const a = { name: 'a', datatype: 'FP32', shape: [1, 2], bytes: bytesOf(Float32Array.of(3, 0)) };
    const b = { name: 'b', datatype: 'FP32', shape: [1, 1], bytes: bytesOf(Float32Array.of(2)) };
    const joined = { name: 'joined', datatype: 'FP32', shape: [1, 3], data: [3, 0, 2] };
    const outputs = [{ name: 'joined' }];
    assert.deepEqual((await infer('dynamic', [b, a], { outputs })).json.outputs, [joined]);
    const mixed = {
      inputs: [inputOf(b), { name: 'a', datatype: 'FP32', shape: [1, 2], data: [3, 0] }],
      outputs,
    };
    assert.deepEqual((await post('dynamic', mixed, b.bytes)).json.outputs, [joined]);
  });

  it('may be large: thousands of rows, which arrive in many pieces', async () => {
    const rows = 10_000;
    const data = Float32Array.from({ length: rows * 16 }, (_, i) => (i % 16) / 16);
    const outputs = [{ name: 'y', parameters: { binary_data: true } }];
    const answer = await infer('mlp_tiny', [{ ...x, shape: [rows, 16], bytes: bytesOf(data) }], { outputs });
    assert.deepEqual(answer.json.outputs[0].shape, [rows, 3]);
    const values = new Float32Array(Uint8Array.from(answer.binary).buffer);
    assert.equal(values.length, rows * 3);
    for (const [i, value] of asJson[0].data.entries())
      for (const row of [0, 1, rows - 1]) assert.ok(Math.abs(values[row * 3 + i]! - value) < 1e-6);
  });

  it('hold every datatype, and answers give it back', async () => {
    const all: [string, ArrayBufferView][] = [
      ['bool', Uint8Array.of(1)],
      ['int8', Int8Array.of(-1)],
      ['int16', Int16Array.of(-2)],
      ['int32', Int32Array.of(-3)],
      ['int64', BigInt64Array.of(-(2n ** 63n))],
      ['uint8', Uint8Array.of(255)],
      ['uint16', Uint16Array.of(65_535)],
      ['uint32', Uint32Array.of(4_294_967_295)],
      ['uint64', BigUint64Array.of(2n ** 64n - 1n)],
      ['fp16', Float16Array.of(0.333)],
      ['fp32', Float32Array.of(Number.NaN)],
      ['fp64', Float64Array.of(Number.NEGATIVE_INFINITY)],
      ['bytes', texts('é"\n')],
    ];
    const inputs = all.map(([name, data]) => ({
      name,
      datatype: name.toUpperCase(),
      shape: [1],
      bytes: bytesOf(data),
    }));
    const { status, json, binary } = await infer('datatypes', inputs, {
      parameters: { binary_data_output: true },
    });
    assert.equal(status, 200, json.error);
    assert.deepEqual(binary, Buffer.concat(inputs.map(({ bytes }) => bytes)));
    assert.deepEqual(
      json.outputs.map((output: { datatype: string; parameters: { binary_data_size: number } }) => [
        output.datatype,
        output.parameters.binary_data_size,
      ]),
      inputs.map(({ datatype, bytes }) => [datatype, bytes.length]),
    );
  });

  it('may be texts of many lengths', async () => {
    const words = {
      name: 'words',
      datatype: 'BYTES',
      shape: [2, 2],
      bytes: texts('gate', 'left', 'valve', 'right'),
    };
    assert.deepEqual((await infer('words', [words])).json.outputs[0].data, ['open', 'shut']);
  });
});

describe('binary outputs', () => {
  it('are what the parameters ask for, one by one', async () => {
    const inputs = [
      { name: 'a', datatype: 'FP32', shape: [1, 2], bytes: bytesOf(Float32Array.of(3, 0)) },
      { name: 'b', datatype: 'FP32', shape: [1, 1], bytes: bytesOf(Float32Array.of(2)) },
    ];
    const wanted = (parameters: object, joined: object = {}) =>
      infer('dynamic', inputs, {
        parameters,
        outputs: [{ name: 'where' }, { name: 'joined', parameters: joined }],
      });
    const where = { name: 'where', datatype: 'INT64', shape: [2, 1], data: [0, 0] };
    const binaryJoined = {
      name: 'joined',
      datatype: 'FP32',
      shape: [1, 3],
      parameters: { binary_data_size: 12 },
    };
    const one = await wanted({}, { binary_data: true });
    assert.deepEqual(one.json.outputs, [where, binaryJoined]);
    assert.deepEqual(one.binary, bytesOf(Float32Array.of(3, 0, 2)));
    const other = await wanted({ binary_data_output: true }, { binary_data: false });
    assert.equal(other.json.outputs[0].parameters.binary_data_size, 16);
    assert.deepEqual(other.binary, bytesOf(BigInt64Array.of(0n, 0n)));
    assert.deepEqual(other.json.outputs[1].data, [3, 0, 2]);
  });

  it('can be asked for in a request of JSON alone', async () => {
    const answer = await post(
      'mlp_tiny',
      { inputs: [xAsJson], parameters: { binary_data_output: true } },
      Buffer.alloc(0),
    );
    assert.deepEqual(
      [...new Float32Array(Uint8Array.from(answer.binary).buffer)],
      asJson[0].data.map(Math.fround),
    );
  });
});

describe('a body without JSON', () => {
  it('is the one input, as a batch of one, and is answered in binary', async () => {
    const { json, binary } = await post('mlp_tiny', '', x.bytes, '0');
    assert.deepEqual(json.outputs[0].shape, [1, 3]);
    assert.equal(binary.length, 12);
    const two = await post('mlp_tiny', '', Buffer.concat([x.bytes, x.bytes]), '0');
    assert.deepEqual(two.json.outputs[0].shape, [2, 3]);
  });

  it('is refused where it does not fit, or does not tell enough', async () => {
    const half = await post('mlp_tiny', '', x.bytes.subarray(0, 62), '0');
    assert.equal(half.status, 400);
    assert.match(half.json.error, /takes 64 bytes, but there are 62/);
    const several = await post('dynamic', '', x.bytes, '0');
    assert.match(several.json.error, /for models with one input; model dynamic has 2/);
  });
});

describe('binary requests that are not as they say', () => {
  const json = JSON.stringify({ inputs: [inputOf(x)] });
  const sized = (size: unknown, more: object = {}) =>
    JSON.stringify({ inputs: [{ ...inputOf(x), ...more, parameters: { binary_data_size: size } }] });
  const bad: [string, string, Buffer, string | undefined, RegExp][] = [
    [
      'a header length that is no number',
      json,
      x.bytes,
      'twelve',
      /must be the number of bytes of the JSON, not twelve/,
    ],
    ['a negative header length', json, x.bytes, '-1', /must be the number of bytes of the JSON, not -1/],
    ['a header length beyond the body', json, x.bytes, '1000', /Length is 1000, but the body has/],
    ['a header length beyond numbers', json, x.bytes, '9'.repeat(30), /must be the number of bytes/],
    ['a header length that cuts the JSON', json, x.bytes, '20', /body is not JSON/],
    ['a header length that takes in the tensor', json, x.bytes, String(json.length + 8), /body is not/],
    [
      'a size beyond the body',
      sized(65),
      x.bytes,
      undefined,
      /binary_data_size is 65, but 64 bytes are left/,
    ],
    ['a size beyond numbers', sized(2 ** 53), x.bytes, undefined, /binary_data_size must be a whole number/],
    ['a negative size', sized(-1), x.bytes, undefined, /binary_data_size must be a whole number/],
    ['a size that is text', sized('64'), x.bytes, undefined, /binary_data_size must be a whole number/],
    [
      'a size that the shape does not have',
      sized(60),
      x.bytes,
      undefined,
      /takes 64 bytes, but there are 60/,
    ],
    [
      'bytes of no input',
      json,
      Buffer.concat([x.bytes, x.bytes]),
      undefined,
      /64 bytes behind the JSON belong to no input/,
    ],
    ['both data and bytes', sized(64, { data: [1] }), x.bytes, undefined, /has data and binary_data_size/],
    ['no bytes at all', json, Buffer.alloc(0), undefined, /binary_data_size is 64, but 0 bytes are left/],
  ];
  for (const [what, header, bytes, headerLength, words] of bad)
    it(`are refused: ${what}`, async () => {
      const answer = await post('mlp_tiny', header, bytes, headerLength);
      assert.equal(answer.status, 400);
      assert.match(answer.json.error, words);
    });

  it('are refused where they ask for what is not served', async () => {
    const region = { ...inputOf(x), parameters: { shared_memory_region: 'r' } };
    assert.match(
      (await post('mlp_tiny', { inputs: [region] }, Buffer.alloc(0))).json.error,
      /shared memory is not served/,
    );
    const sequence = { inputs: [xAsJson], parameters: { sequence_id: 7, sequence_start: true } };
    assert.match((await server.infer('mlp_tiny', sequence)).json.error, /sequences are not served/);
    const none = { inputs: [xAsJson], parameters: { sequence_id: 0, sequence_start: false, custom: 'x' } };
    assert.equal((await server.infer('mlp_tiny', none)).status, 200);
  });
});
