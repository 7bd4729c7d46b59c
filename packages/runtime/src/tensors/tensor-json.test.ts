import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { readData } from './read-data.ts';
import { type Datatype, elementCount, newData } from './tensor.ts';
import { writeData } from './write-data.ts';

const elements: Partial<Record<Datatype, fc.Arbitrary<unknown>>> = {
  BOOL: fc.boolean(),
  INT8: fc.integer({ min: -128, max: 127 }),
  INT32: fc.integer(),
  INT64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  UINT64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  FP32: fc.float({ noNaN: true, noDefaultInfinity: true }),
  FP64: fc.double({ noNaN: true, noDefaultInfinity: true }),
  BYTES: fc.string({ unit: 'binary' }),
};

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
      assert.equal(writeData(datatype, fromFlat!), jsonOf(flat));
    }),
  );
});

// Elements as the protocol writes them: 64-bit integers with all digits, -0 as 0.
const jsonOf = (flat: readonly unknown[]) =>
  `[${flat.map((value) => (typeof value === 'bigint' ? String(value) : JSON.stringify(value))).join(',')}]`;

it('writes what JSON has no number for as null', () => {
  const data = Float32Array.of(Number.NaN, 1.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
  assert.equal(writeData('FP32', data), '[null,1.5,null,null]');
  assert.equal(writeData('INT8', Int8Array.of()), '[]');
});
