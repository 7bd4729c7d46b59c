import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Datatype, elementCount, newData, type Tensor } from '../tensors/tensor.ts';
import { canJoin, joinFeeds, rowsOf, splitOutputs } from './batch.ts';
import { sampleFeeds } from './sample-feeds.ts';

const datatypes: Datatype[] = ['FP32', 'FP16', 'INT64', 'UINT8', 'BOOL', 'BYTES'];
const specs = fc.array(
  fc.record({
    name: fc.constant('x'),
    datatype: fc.constantFrom(...datatypes),
    shape: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }).map((axes) => [-1, ...axes]),
  }),
  { minLength: 1, maxLength: 3 },
);

test('what was joined is split again into what it was', () => {
  fc.assert(
    fc.property(specs, fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }), (inputs, rows) => {
      const requests = rows.map((count, seed) => sampleFeeds(inputs, count, seed));
      const all = joinFeeds(requests);
      assert.equal(
        rowsOf(all),
        rows.reduce((sum, count) => sum + count, 0),
      );
      for (const { shape, data } of all) assert.equal(data.length, elementCount(shape));
      assert.deepEqual(splitOutputs(all, rows), requests);
    }),
  );
});

const tensor = (...shape: number[]): Tensor => ({
  datatype: 'FP32',
  shape,
  data: newData('FP32', elementCount(shape)),
});

test('only what differs in rows alone may be joined', () => {
  assert.equal(canJoin([tensor(1, 4)], [tensor(3, 4)]), true);
  assert.equal(canJoin([tensor(1, 4)], [tensor(1, 5)]), false);
  assert.equal(canJoin([tensor(1, 4), tensor(1)], [tensor(2, 4), tensor(2, 1)]), false);
});

test('inputs that disagree on rows have none', () => {
  assert.equal(rowsOf([tensor(2, 4), tensor(3)]), 0);
  assert.equal(rowsOf([tensor()]), 0);
  assert.equal(rowsOf([tensor(2), tensor(2, 1)]), 2);
});
