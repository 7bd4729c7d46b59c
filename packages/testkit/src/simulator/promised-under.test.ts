import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openLedger } from './ledger.ts';
import { promisedUnder } from './promised-under.ts';
import { wireNumbers } from './wire-numbers.ts';

test('a notice breaks the promises of its numbers, in its stream, epoch and folder alone', () => {
  const ledger = openLedger();
  for (let number = 1; number <= 10; number++)
    ledger.promise('result', number, { streamId: 'folder', local: 20 + number }, 100 * number);
  ledger.promise('telemetry', 1, { streamId: 'other', local: 1 }, 9_000);
  const numbers = wireNumbers();
  const position = {
    producer: 'runtime',
    stream: 'result',
    streamId: 'folder',
    hash: '',
    dropped: 0,
  } as const;
  numbers.follow({ ...position, epoch: 2, base: 20, acknowledged: 23 });

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
