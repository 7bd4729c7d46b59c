import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calmest } from './measure.ts';

const calls = (count: number) => Array.from({ length: count }, (_, i) => 20 + (i % 3));

test('a call that the system held up says nothing about the model', () => {
  assert.equal(Math.max(...calmest(calls(50).with(7, 3_400).with(31, 4_000))), 22);
});

test('a model that is slow now and then is slow', () => {
  const times = calls(50).map((us, i) => (i % 8 === 0 ? 3_000 : us));
  assert.equal(Math.max(...calmest(times)), 3_000);
});

test('few calls are judged together, and none is left out', () => {
  assert.equal(Math.max(...calmest([5])), 5);
  assert.equal(Math.max(...calmest([5, 9, 7])), 9);
  assert.equal(Math.max(...calmest([...calls(10), 900])), 900);
});
