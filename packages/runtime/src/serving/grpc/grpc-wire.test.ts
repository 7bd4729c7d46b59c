/// <reference lib="esnext.float16" />

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { modelSpec } from '@skerry/contracts';
import { isSkerryError } from '@skerry/kit';
import fc from 'fast-check';
import { type Datatype, newData, type Tensor, type TensorData } from '../../tensors/tensor.ts';
import { writeBinary } from '../../tensors/write-binary.ts';
import { signatureOf } from '../signature.ts';
import { grpcWire } from './grpc-wire.ts';
import { modelOf } from './infer-head.ts';
import { decode, encode, type Message } from './schema/codec.ts';
import { inferenceSchema } from './schema/inference.ts';

const elements = {
  BOOL: fc.constantFrom(0, 1),
  INT8: fc.integer({ min: -128, max: 127 }),
  INT16: fc.integer({ min: -32_768, max: 32_767 }),
  INT32: fc.integer(),
  INT64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  UINT8: fc.nat(255),
  UINT16: fc.nat(65_535),
  UINT32: fc.nat(2 ** 32 - 1),
  UINT64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  FP16: fc.constantFrom(0, -1.5, 65_504, Number.NaN, Number.NEGATIVE_INFINITY),
  FP32: fc.float(),
  FP64: fc.double(),
  BYTES: fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
} satisfies Record<Datatype, unknown>;
const datatypes = Object.keys(elements) as Datatype[];

const anyTensor: fc.Arbitrary<Tensor> = fc.constantFrom(...datatypes).chain((datatype) =>
  fc.tuple(fc.nat(3), fc.nat(3)).chain((shape) => {
    const count = shape[0] * shape[1];
    const list = fc.array(elements[datatype] as fc.Arbitrary<unknown>, {
      minLength: count,
      maxLength: count,
    });
    return list.map((values) => ({ datatype, shape, data: dataOf(datatype, values) }));
  }),
);

function dataOf(datatype: Datatype, values: readonly unknown[]): TensorData {
  const data = newData(datatype, values.length) as unknown[];
  for (const [i, value] of values.entries()) data[i] = value;
  return data as unknown as TensorData;
}

/** A model whose inputs and outputs are what these tensors are. */
function modelFor(tensors: readonly Tensor[]) {
  const inputs = tensors.map(({ datatype }, i) => ({ name: `t${i}`, datatype, shape: [-1, -1] }));
  const spec = modelSpec.parse({});
  return signatureOf({ name: 'any', version: '1', spec, inputs, outputs: inputs, leftOut: [] });
}
const model = modelFor(datatypes.map((datatype) => ({ datatype, shape: [], data: [] })));

const read = (bytes: Buffer, signature = model) =>
  grpcWire.read(signature, { bytes, headerLength: undefined, media: '' }, (slot, count) =>
    newData(signature.inputs[slot]!.datatype, count),
  );
const inputsOf = (tensors: readonly Tensor[]) =>
  tensors.map(({ datatype, shape }, i) => ({ name: `t${i}`, datatype, shape }));
const request = (more: Message) =>
  encode(inferenceSchema, 'ModelInferRequest', { model_name: 'any', ...more });

describe('tensors', () => {
  it('come out of raw contents as they went in, and go into an answer as they are', () => {
    fc.assert(
      fc.property(fc.array(anyTensor, { maxLength: 4 }), fc.nat(7), (tensors, shift) => {
        const raw = tensors.map(({ datatype, data }) => writeBinary(datatype, data));
        // Anywhere in memory, and not where elements would like to lie.
        const message = request({
          id: 'x'.repeat(shift),
          inputs: inputsOf(tensors),
          raw_input_contents: raw,
        });
        const signature = modelFor(tensors);
        const { feeds, wanted } = read(message, signature);
        assert.deepEqual(feeds, tensors);
        const answer = grpcWire.write(signature, { ...read(message, signature), wanted }, feeds);
        const response = decode(inferenceSchema, 'ModelInferResponse', Buffer.from(answer.binary[0]!));
        assert.deepEqual(
          (response.raw_output_contents as Buffer[]).map((bytes) => [...bytes]),
          raw.map((bytes) => [...bytes]),
        );
        assert.deepEqual(
          (response.outputs as Message[]).map(({ name, datatype, shape }) => ({ name, datatype, shape })),
          inputsOf(tensors),
        );
      }),
    );
  });

  const fieldOf: Partial<Record<Datatype, string>> = {
    BOOL: 'bool_contents',
    INT8: 'int_contents',
    INT32: 'int_contents',
    UINT16: 'uint_contents',
    UINT32: 'uint_contents',
    FP32: 'fp32_contents',
    FP64: 'fp64_contents',
    BYTES: 'bytes_contents',
  };

  it('come out of typed contents as they went in', () => {
    fc.assert(
      fc.property(anyTensor, (tensor) => {
        const { datatype, data } = tensor;
        const field = fieldOf[datatype];
        fc.pre(field !== undefined);
        const [input] = inputsOf([tensor]);
        const list =
          datatype === 'BOOL'
            ? Array.from(data as Uint8Array, Boolean)
            : [...(data as unknown as Iterable<unknown>)];
        const message = request({ inputs: [{ ...input, contents: { [field!]: list } }] });
        assert.deepEqual(read(message, modelFor([tensor])).feeds, [tensor]);
      }),
    );
  });

  it('keep every bit of 64-bit integers, packed or not', () => {
    // -1, 2^62 + 1 and the least there is, as protobuf's own writer has them.
    const varints = [
      Buffer.from('ffffffffffffffffff01', 'hex'),
      Buffer.from('818080808080808040', 'hex'),
      Buffer.from('80808080808080808001', 'hex'),
    ];
    const packed = Buffer.concat([Buffer.from([0x1a, 29]), ...varints]);
    const plain = Buffer.concat(varints.flatMap((varint) => [Buffer.from([0x18]), varint]));
    for (const contents of [packed, plain]) {
      const input = Buffer.concat([
        encode(inferenceSchema, 'ModelInferRequest.InferInputTensor', {
          name: 't4',
          datatype: 'INT64',
          shape: [1, 3],
        }),
        Buffer.from([0x2a, contents.length]),
        contents,
      ]);
      const message = Buffer.concat([Buffer.from([0x2a, input.length]), input]);
      const tensor: Tensor = { datatype: 'INT64', shape: [1, 3], data: [] };
      const signature = modelFor(Array.from({ length: 5 }, () => tensor));
      assert.throws(() => read(message, signature), /input t0 is missing/);
      const only = signatureOf({ ...signature, inputs: [signature.inputs[4]!] });
      assert.deepEqual(
        read(message, only).feeds[0]!.data,
        BigInt64Array.of(-1n, 2n ** 62n + 1n, -(2n ** 63n)),
      );
    }
  });
});

describe('what is not right', () => {
  const fp32 = { name: 't10', datatype: 'FP32', shape: [1, 2] };
  const two = Buffer.alloc(8);
  const wrong: readonly (readonly [Message, RegExp])[] = [
    [{ inputs: [fp32] }, /input t10: data is missing/],
    [{ inputs: [fp32], raw_input_contents: [two, two] }, /there are 1 inputs and 2 contents/],
    [{ inputs: [fp32, fp32], raw_input_contents: [two, two] }, /input t10 is given twice/],
    [{ inputs: [fp32], raw_input_contents: [Buffer.alloc(7)] }, /takes 8 bytes, but there are 7/],
    [{ inputs: [{ ...fp32, shape: [-1, 2] }], raw_input_contents: [two] }, /shape must be a list of sizes/],
    [{ inputs: [{ ...fp32, shape: [2 ** 52, 2 ** 52] }], raw_input_contents: [two] }, /but there are 8/],
    [{ inputs: [{ ...fp32, contents: { fp32_contents: [1] } }] }, /has 2 elements, but contents has 1$/],
    [{ inputs: [{ ...fp32, contents: { fp32_contents: [1, 2, 3] } }] }, /but contents has more$/],
    [
      { inputs: [{ ...fp32, shape: [1e6, 1e6], contents: { fp32_contents: [1] } }] },
      /but contents has at most 5/,
    ],
    [{ inputs: [{ ...fp32, contents: { int_contents: [1, 2] } }] }, /FP32 do not go into field 2/],
    [
      { inputs: [{ ...fp32, contents: { fp32_contents: [1, 2] } }], raw_input_contents: [two] },
      /contents and raw_input_contents; it must have one of them/,
    ],
    [
      { inputs: [{ name: 't9', datatype: 'FP16', shape: [1, 1], contents: { fp32_contents: [1] } }] },
      /FP16 can only be sent in raw_input_contents/,
    ],
    [
      { inputs: [{ name: 't1', datatype: 'INT8', shape: [1, 1], contents: { int_contents: [128] } }] },
      /element 0 is 128, which its datatype cannot hold/,
    ],
    [{ parameters: new Map([['sequence_id', { int64_param: 3 }]]) }, /sequences are not served here/],
    [{ parameters: new Map([['priority', { int64_param: -3 }]]) }, /priority must be a whole number/],
    [
      { inputs: [{ ...fp32, parameters: new Map([['shared_memory_region', { string_param: 'r' }]]) }] },
      /shared memory is not served here/,
    ],
    [{ outputs: [{ name: 'nope' }], inputs: [], raw_input_contents: [] }, /input t0 is missing/],
  ];
  for (const [message, words] of wrong)
    it(`is refused: ${words.source}`, () => {
      assert.throws(
        () => read(request(message)),
        (error) => isSkerryError(error) && error.status === 400 && words.test(error.detail),
      );
    });

  it('reads no further than the message, whatever is changed in it', () => {
    const valid = request({
      id: 'id',
      parameters: new Map([['timeout', { int64_param: 5 }]]),
      inputs: [
        { ...fp32, contents: { fp32_contents: [1, 2] } },
        { name: 't12', datatype: 'BYTES', shape: [1, 1] },
      ],
      outputs: [{ name: 't0', parameters: new Map([['classification', { int64_param: 2 }]]) }],
      raw_input_contents: [two, Buffer.from([1, 0, 0, 0, 65])],
    });
    const changes = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 4 });
    fc.assert(
      fc.property(changes, fc.nat(valid.length), (list, end) => {
        const bytes = Buffer.from(valid.subarray(0, end));
        for (const [at, value] of list) if (at < end) bytes[at] = value;
        try {
          modelOf(bytes);
          read(bytes);
        } catch (error) {
          assert.ok(isSkerryError(error), String(error));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('is refused where protobuf itself is broken', () => {
    for (const hex of [
      '0a',
      '0aff',
      '0affffffffffffffffff01',
      '08ffffffffffffffffffff01',
      '0b',
      '00',
      '2a021a05',
      '3a05',
    ])
      assert.throws(
        () => {
          modelOf(Buffer.from(hex, 'hex'));
          read(Buffer.from(hex, 'hex'));
        },
        (error) => isSkerryError(error, 'InvalidRequest'),
        hex,
      );
  });
});

describe('parameters', () => {
  const signature = modelFor([{ datatype: 'FP32', shape: [], data: [] }]);
  const one = {
    inputs: [{ name: 't0', datatype: 'FP32', shape: [1, 1] }],
    raw_input_contents: [Buffer.alloc(4)],
  };
  const withTimeout = request({
    ...one,
    parameters: new Map<string, Message>([
      ['timeout', { int64_param: 5_000 }],
      ['priority', { uint64_param: 2 }],
      ['binary_data_output', { bool_param: true }],
    ]),
  });

  it('say priority and timeout, and a deadline counts where it is sooner', () => {
    const { priority, timeoutUs } = read(withTimeout, signature);
    assert.deepEqual([priority, timeoutUs], [2, 5_000]);
    assert.deepEqual(modelOf(withTimeout), { name: 'any', version: '', timeoutUs: 5_000 });
    assert.deepEqual(modelOf(request(one)), { name: 'any', version: '', timeoutUs: 0 });
    const within = (bytes: Buffer, patienceUs: number) =>
      grpcWire.read(
        signature,
        { bytes, headerLength: undefined, media: '', timeoutUs: patienceUs },
        (_slot, count) => newData('FP32', count),
      ).timeoutUs;
    assert.deepEqual([within(withTimeout, 3_000), within(withTimeout, 9_000)], [3_000, 5_000]);
    assert.equal(within(request(one), 3_000), 3_000);
  });
});
