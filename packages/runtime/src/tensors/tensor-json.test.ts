import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { readData } from './read-data.ts';
import { type Datatype, elementCount, newData, type TensorData } from './tensor.ts';
import { writeData } from './write-data.ts';

const elements: Partial<Record<Datatype, fc.Arbitrary<unknown>>> = {
  BOOL: fc.boolean(),
  INT8: fc.integer({ min: -128, max: 127 }),
  INT32: fc.integer(),
  INT64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  UINT64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  FP16: fc.float().map((value) => inJson(Math.f16round(value))),
  FP32: fc.float().map(inJson),
  FP64: fc.double().map(inJson),
  BYTES: fc.string({ unit: 'binary' }),
};

// As protobuf's JSON writes what JSON has no numbers for.
function inJson(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

// The third argument of a reviver is newer than its type.
const parse = JSON.parse as (text: string, reviver: typeof keepDigits) => unknown;

// 64-bit integers with all their digits.
const keepDigits = (_key: string, value: unknown, { source }: { source: string }) =>
  typeof value === 'number' &&
  Number.isInteger(value) &&
  !Number.isSafeInteger(value) &&
  /^-?\d+$/.test(source)
    ? BigInt(source)
    : value;

// JSON as it is written here has no negative zero.
const positive = (data: TensorData) =>
  Array.from(data as readonly unknown[], (value) => (Object.is(value, -0) ? 0 : value));

const nest = (flat: readonly unknown[], shape: readonly number[]): unknown => {
  const [size = 0, ...rest] = shape;
  if (shape.length < 2) return shape.length === 0 ? flat[0] : flat;
  const step = elementCount(rest);
  return Array.from({ length: size }, (_, i) => nest(flat.slice(i * step, (i + 1) * step), rest));
};

const tensors = fc
  .tuple(
    fc.constantFrom(...(Object.keys(elements) as Datatype[])),
    fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
  )
  .chain(([datatype, shape]) => {
    const count = elementCount(shape);
    return fc.record({
      datatype: fc.constant(datatype),
      shape: fc.constant(shape),
      flat: fc.array(elements[datatype]!, { minLength: count, maxLength: count }),
    });
  });

it('reads the same elements from flat and from nested lists, and writes them as they were', () => {
  fc.assert(
    fc.property(tensors, ({ datatype, shape, flat }) => {
      const [fromFlat, fromNested] = [flat, nest(flat, shape)].map((data) => {
        const target = newData(datatype, flat.length);
        readData('x', datatype, shape, data, target);
        return target;
      });
      assert.deepEqual(fromNested, fromFlat);
      const read = newData(datatype, flat.length);
      readData('x', datatype, shape, parse(writeData(datatype, fromFlat!), keepDigits), read);
      assert.deepEqual(positive(read), positive(fromFlat!));
    }),
  );
});

it('writes what JSON has no number for as text', () => {
  const data = Float32Array.of(Number.NaN, 1.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
  assert.equal(writeData('FP32', data), '["NaN",1.5,"Infinity","-Infinity"]');
  assert.equal(writeData('INT8', Int8Array.of()), '[]');
});

it('writes floats with no more digits than they need', () => {
  const numbers = [0.1, -2.5, 1e-5, 123_456.7, 1 / 3, 0, 1e30, 16_777_216, 5e-45];
  const data = Float32Array.from(numbers);
  const text =
    '[0.1,-2.5,0.00001,123456.7,0.33333334,0,1.0000000150474662e+30,16777216,5.605193857299268e-45]';
  assert.equal(writeData('FP32', data), text);
  assert.equal(
    writeData('FP16', Float16Array.of(0.1, 1 / 3, 65_504, 6e-8)),
    '[0.1,0.3333,65504,5.960464477539063e-8]',
  );
});

it('writes every 32-bit float so that it is the same again', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (bits) => {
      const [value] = new Float32Array(Uint32Array.of(bits).buffer);
      const [written] = JSON.parse(writeData('FP32', Float32Array.of(value!)));
      assert.equal(Math.fround(Number(written)), value! + 0);
    }),
    { numRuns: 2_000 },
  );
});
