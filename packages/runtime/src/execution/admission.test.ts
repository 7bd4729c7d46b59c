import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSkerryError } from '@skerry/kit';
import { refusalOf } from './admission.ts';
import type { Limits } from './limits.ts';
import { versionBoard, versionBoardBytes } from './version-board.ts';

const limits: Limits = { objectiveMs: 50, delayMs: 0, maxBatch: 8, queueLimit: 2 };
const board = () => versionBoard(new SharedArrayBuffer(versionBoardBytes), limits.queueLimit);
const busy = (workUs: number, callUs: number) => ({
  thread: { workUs },
  table: { aRequestAtMost: () => callUs, lagUs: 0, patienceUs: 0 },
});

test('refuses what could not be answered in its time, and says when to come again', () => {
  const options = { name: 'm', board: board(), limits };
  assert.equal(refusalOf(options, 10, 0, busy(32_000, 5_000)), undefined);
  const refusal = refusalOf(options, 10, 0, busy(33_000, 5_000));
  assert.ok(isSkerryError(refusal, 'Overloaded'));
  assert.equal(refusal.fields.retryAfterS, 1);
  const late = refusalOf({ ...options, limits: { ...limits, objectiveMs: 100 } }, 10, 0, busy(2_500_000, 1));
  assert.ok(isSkerryError(late, 'Overloaded'));
  assert.equal(late.fields.retryAfterS, 3);
});

test('a timeout of its own goes before the objective', () => {
  const options = { name: 'm', board: board(), limits };
  assert.ok(refusalOf(options, 10, 10_000, busy(8_000, 5_000)));
  assert.equal(refusalOf(options, 10, 1_000_000, busy(100_000, 5_000)), undefined);
});

test('an idle instance refuses nothing, however slow it was', () => {
  assert.equal(refusalOf({ name: 'm', board: board(), limits }, 10, 0, busy(0, 1_000_000)), undefined);
});

test('refuses where the queue is full', () => {
  const full = board();
  full.enter(1);
  full.enter(1);
  assert.ok(isSkerryError(refusalOf({ name: 'm', board: full, limits }, 10, 0, busy(0, 1)), 'Overloaded'));
  assert.ok(refusalOf({ name: 'm', board: full, limits }, 10, 0, undefined));
});

test('guesses a patience that it is not told from those before', () => {
  const options = { name: 'm', board: board(), limits };
  const table = { aRequestAtMost: () => 1_000, lagUs: 1_000, patienceUs: 10_000 };
  assert.equal(refusalOf(options, 10, 0, { thread: { workUs: 5_500 }, table }), undefined);
  assert.ok(refusalOf(options, 10, 0, { thread: { workUs: 6_000 }, table }));
});
