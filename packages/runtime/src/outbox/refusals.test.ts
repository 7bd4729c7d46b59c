import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from '../errors.ts';
import { type Refusals, refusals } from './refusals.ts';

const full = failure('OutboxFull', 'its quota is used up');
const broken = failure('StorageFailed', 'EROFS');
const told = (one: Refusals) => one.current;

test('what is refused is told, until something is taken again', () => {
  const one = refusals();
  assert.equal(told(one), undefined);
  one.refused('result', broken);
  assert.deepEqual(told(one), { code: 'StorageFailed', message: 'result: EROFS' });
  one.taken('alarm');
  assert.equal(told(one), undefined, 'the disk takes what is written');
});

test('that something more urgent is taken says nothing of what is not', () => {
  const one = refusals();
  one.refused('log', full);
  one.refused('result', full);
  one.refused('telemetry', full);
  assert.equal(told(one)?.message, 'result: its quota is used up', 'the most urgent is told');
  one.taken('alarm');
  assert.equal(told(one)?.code, 'OutboxFull');
  one.taken('telemetry');
  assert.equal(told(one), undefined);
});

test('once there is room nobody has to wait for the next message, but a broken disk has to show that it is whole', () => {
  const one = refusals();
  one.refused('alarm', full);
  one.roomCame();
  assert.equal(told(one), undefined);
  one.refused('alarm', broken);
  one.roomCame();
  assert.equal(told(one)?.code, 'StorageFailed');
});

test('what is the fault of a message, and a sample that gives way, are no trouble of the outbox', () => {
  const one = refusals();
  one.refused('result', failure('MessageTooLarge', 'over 128 KiB'));
  one.refused('sample', full);
  one.refused('result', new Error('stopping'));
  assert.equal(told(one), undefined);
});
