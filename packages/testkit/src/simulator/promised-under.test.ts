import assert from 'node:assert/strict';
import { test } from 'node:test';
import { promisedUnder } from './promised-under.ts';
import { tenPromised } from './ten-promised.ts';

test('a notice breaks the promises of its numbers, in its stream, epoch and folder alone', () => {
  const { ledger, numbers } = tenPromised((number) => 100 * number, [{ epoch: 2, acknowledged: 23 }]);
  ledger.promise('telemetry', 1, { streamId: 'other', local: 1 }, 9_000);

  const promised = (first: number, last: number, { stream = 'result', epoch = 2 } = {}) =>
    promisedUnder(ledger, numbers, { stream, epoch, first, last });
  assert.deepEqual(promised(4, 6), [400, 500, 600]);
  assert.deepEqual(promised(9, 99), [900, 1_000]);
  assert.deepEqual(promised(1, 3), [], 'acknowledged before the epoch');
  assert.deepEqual(promised(1, 4), [400]);
  assert.deepEqual(promised(11, 12), []);
  assert.deepEqual(promised(4, 6, { epoch: 3 }), []);
  assert.deepEqual(promised(1, 1, { stream: 'telemetry' }), [], 'the hub was never told of it');
});
