import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { classify, highest, rankClasses } from './classification.ts';

it('finds the highest as sorting does, the first of equals first', () => {
  const values = fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 40 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 50 }), (list, top) => {
      const sorted = [...list.keys()].sort((a, b) => list[b]! - list[a]! || a - b);
      assert.deepEqual(highest(list, top), sorted.slice(0, top));
    }),
  );
});

it('makes probabilities of logits, however large', () => {
  const ranked = rankClasses({ labels: ['a', 'b'], softmax: true }, [1000, 1000 + Math.log(3)], 5);
  assert.deepEqual(
    ranked.map(({ label, index, confidence }) => [label, index, confidence.toFixed(9)]),
    [
      ['b', 1, '0.750000000'],
      ['a', 0, '0.250000000'],
    ],
  );
});

it('gives a class without a label its number', () => {
  const scores = { datatype: 'FP32', shape: [1, 3], data: Float32Array.of(0, 0.5, 0.5) } as const;
  const classifier = { output: 'y', labels: ['a'], softmax: false };
  assert.deepEqual(classify(classifier, scores), { label: '1', confidence: 0.5 });
});
