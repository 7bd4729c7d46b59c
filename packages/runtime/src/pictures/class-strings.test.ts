import assert from 'node:assert/strict';
import { it } from 'node:test';
import { classStrings, classTensor } from './class-strings.ts';

it('writes value, index and label as Triton does, the highest first', () => {
  const data = Float32Array.of(0.1, 0.7, 0.2, 12, -3.5, 1e-9);
  assert.deepEqual(classTensor(['cat', 'dog', ''], { datatype: 'FP32', shape: [2, 3], data }, 2), {
    datatype: 'BYTES',
    shape: [2, 2],
    data: ['0.700000:1:dog', '0.200000:2', '12.000000:0:cat', '0.000000:2'],
  });
});

it('gives all classes when more are asked for, and takes a list for one row', () => {
  const answer = classTensor([], { datatype: 'FP16', shape: [2], data: Float16Array.of(1, 2) }, 9);
  assert.deepEqual(
    [answer.shape, answer.data],
    [
      [1, 2],
      ['2.000000:1', '1.000000:0'],
    ],
  );
});

it('writes integers without a fraction, and what is no number in words', () => {
  assert.deepEqual(classStrings([], BigInt64Array.of(3n, 2n ** 60n), 'INT64', 2), [
    '1152921504606846976:1',
    '3:0',
  ]);
  assert.deepEqual(classStrings([], Uint8Array.of(7), 'UINT8', 1), ['7:0']);
  assert.deepEqual(classStrings([], [Number.POSITIVE_INFINITY, -1, Number.NEGATIVE_INFINITY], 'FP64', 3), [
    'inf:0',
    '-1.000000:1',
    '-inf:2',
  ]);
  assert.deepEqual(classStrings([], [1e22], 'FP64', 1), ['10000000000000000000000.000000:0']);
});
