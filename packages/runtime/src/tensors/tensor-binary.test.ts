import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { readBinary } from './read-binary.ts';
import { type Datatype, newData, type TensorData } from './tensor.ts';
import { viewOf, widthOf } from './views.ts';
import { writeBinary } from './write-binary.ts';

const fixed = [
  'BOOL',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'FP16',
  'FP32',
  'FP64',
] as const;

const read = (datatype: Datatype, shape: number[], bytes: Uint8Array): TensorData =>
  readBinary('x', datatype, shape, bytes, (count) => newData(datatype, count));

/** The bytes at an offset in larger memory. */
function at(offset: number, bytes: Uint8Array): Uint8Array {
  const memory = new Uint8Array(bytes.length + offset + 3).fill(255);
  memory.set(bytes, offset);
  return memory.subarray(offset, offset + bytes.length);
}

it('reads what it wrote, wherever it lies, and writes it again', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...fixed),
      fc.integer({ min: 0, max: 9 }),
      fc.uint8Array({ maxLength: 64 }),
      fc.boolean(),
      (datatype, offset, some, isLarge) => {
        const width = widthOf(datatype);
        const raw = some.subarray(0, some.length - (some.length % width));
        const one = datatype === 'BOOL' ? raw.map((byte) => byte % 2) : raw;
        const bytes = isLarge && one.length > 0 ? Buffer.concat(Array(4096).fill(one)) : one;
        const data = read(datatype, [bytes.length / width], at(offset, bytes));
        assert.deepEqual(Buffer.from(writeBinary(datatype, data)), Buffer.from(bytes));
        assert.equal((data as Uint8Array).byteOffset % width, 0);
      },
    ),
  );
});

it('does not copy what is large and aligned', () => {
  const bytes = at(8, new Uint8Array(80_000));
  assert.equal((read('FP64', [10_000], bytes) as Float64Array).buffer, bytes.buffer);
  assert.notEqual((viewOf('FP64', at(4, new Uint8Array(8))) as Float64Array).byteOffset, 4);
});

it('reads BYTES of any length as views', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 9 })), (elements) => {
      const bytes = at(3, writeBinary('BYTES', elements));
      const data = read('BYTES', [elements.length], bytes) as Uint8Array[];
      assert.deepEqual(
        data.map((one) => [...one]),
        elements.map((one) => [...one]),
      );
      for (const one of data) assert.equal(one.buffer, bytes.buffer);
    }),
  );
  assert.deepEqual(writeBinary('BYTES', ['é']), Uint8Array.of(2, 0, 0, 0, 0xc3, 0xa9));
});

const bad: [string, Datatype, number[], number[], RegExp][] = [
  ['too few bytes', 'FP32', [2], [0, 0, 0, 0], /shape \[2\] of FP32 takes 8 bytes, but there are 4/],
  ['too many bytes', 'INT16', [1], [0, 0, 0, 0], /takes 2 bytes, but there are 4/],
  [
    'a shape beyond numbers',
    'UINT8',
    [2 ** 53 - 1, 2 ** 53 - 1, 0, 2 ** 53 - 1],
    [1],
    /bytes, but there are 1/,
  ],
  ['a shape that is no number any more', 'UINT8', [...Array(25).fill(2 ** 53 - 1), 0], [], /takes NaN bytes/],
  ['a bool that is neither', 'BOOL', [2], [1, 2], /byte 1 is 2; a BOOL is 0 or 1/],
  ['half a length', 'BYTES', [1], [1, 0, 0], /has 1 elements, but its bytes hold 0/],
  ['a length that is too long', 'BYTES', [1], [255, 255, 255, 255, 1], /element 0 reaches past the end/],
  ['too few elements', 'BYTES', [2], [1, 0, 0, 0, 9], /has 2 elements, but its bytes hold 1/],
  [
    'too many elements',
    'BYTES',
    [1],
    [0, 0, 0, 0, 0, 0, 0, 0],
    /has 1 elements, but its bytes hold more than 1/,
  ],
  ['more elements than memory', 'BYTES', [1e15], [], /but its bytes hold 0/],
];
for (const [what, datatype, shape, bytes, words] of bad)
  it(`refuses ${what}`, () => {
    assert.throws(() => read(datatype, shape, Uint8Array.from(bytes)), words);
  });

it('never takes bytes of BYTES that it was not given', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 0, max: 6 }), (bytes, count) => {
      try {
        const data = read('BYTES', [count], bytes) as Uint8Array[];
        assert.deepEqual(writeBinary('BYTES', data), bytes);
      } catch (error) {
        assert.match((error as Error).message, /input x/);
      }
    }),
  );
});
