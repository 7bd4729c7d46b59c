import assert from 'node:assert/strict';
import { test } from 'node:test';
import { promisedUnder } from './promised-under.ts';
import { tenPromised } from './ten-promised.ts';

test('a notice breaks the promises of its numbers, in its stream, epoch and folder alone', () => {
  const { ledger, numbers } = tenPromised((number) => 100 * number, [{ epoch: 2, acknowledged: 23 }]);
  ledger.promise('telemetry', 1, { streamId: 'other', local: 1 }, 9_000);

  const youngest = (first: number, last: number, { stream = 'result', epoch = 2 } = {}) =>
    promisedUnder(ledger, numbers, { stream, epoch, first, last });
  assert.equal(youngest(4, 6), 600);
  assert.equal(youngest(9, 99), 1_000);
  assert.equal(youngest(1, 3), undefined, 'acknowledged before the epoch');
  assert.equal(youngest(1, 4), 400);
  assert.equal(youngest(11, 12), undefined);
  assert.equal(youngest(4, 6, { epoch: 3 }), undefined);
  assert.equal(youngest(1, 1, { stream: 'telemetry' }), undefined, 'the hub was never told of it');
});
