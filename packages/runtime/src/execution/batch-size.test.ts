import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchSizesUpTo, chooseBatch } from './batch-size.ts';
import { latencyTable, latencyTableBytes } from './latency-table.ts';

const tableOf = (...measured: (readonly [rows: number, us: number])[]) => {
  const table = latencyTable(new SharedArrayBuffer(latencyTableBytes(16)));
  for (const [rows, us] of measured) table.record(rows, us);
  return table;
};

test('tries powers of two and the largest', () => {
  assert.deepEqual(batchSizesUpTo(1), [1]);
  assert.deepEqual(batchSizesUpTo(8), [1, 2, 4, 8]);
  assert.deepEqual(batchSizesUpTo(6), [1, 2, 4, 6]);
});

test('takes a larger batch only where its rows cost less', () => {
  assert.equal(chooseBatch(tableOf([1, 100], [2, 200], [4, 400]), 8, Number.POSITIVE_INFINITY), 1);
  assert.equal(chooseBatch(tableOf([1, 100], [2, 110], [4, 130], [8, 170]), 8, Number.POSITIVE_INFINITY), 8);
});

test('a batch leaves time for the one before it', () => {
  assert.equal(chooseBatch(tableOf([1, 1000], [2, 1100], [4, 1300], [8, 1700]), 8, 3), 4);
  assert.equal(chooseBatch(tableOf([1, 1000], [2, 1100]), 8, 0.5), 1);
});
