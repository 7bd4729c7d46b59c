import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { modelSpec } from './model-yaml.ts';

const problemOf = (spec: unknown) => {
  const { error } = modelSpec.safeParse(spec);
  return error ? z.prettifyError(error) : '';
};
const output = (meaning: object) => problemOf({ outputs: { y: meaning } });

describe('model.yaml', () => {
  it('fills in what is left out', () => {
    const { inputs, outputs } = modelSpec.parse({
      inputs: { x: { image: {} } },
      outputs: { y: { classification: { labels: ['a'] } } },
    });
    assert.deepEqual(inputs.x!.image, { resize: 'fill', mean: [0], std: [1], background: [0, 0, 0] });
    assert.deepEqual(outputs.y!.classification, { labels: ['a'], softmax: false, top: 5 });
  });

  it('wants labels once', () => {
    assert.match(output({ classification: {} }), /must have labels.*outputs\.y\.classification/s);
    assert.match(output({ classification: { labels: ['a'], labelsFile: 'l.txt' } }), /not both/);
    assert.equal(output({ classification: { labelsFile: 'l.txt' } }), '');
    assert.match(output({ classification: { labelsFile: '../l.txt' } }), /inside the folder/);
  });

  it('wants to know where scores and classes of a detection stand', () => {
    const box = { box: 'xyxy', coordinates: 'pixels', labels: ['a'] };
    assert.match(output({ detection: box }), /must have values/);
    assert.match(output({ detection: { ...box, values: 'scores', scores: 's' } }), /must have values/);
    assert.match(output({ detection: { ...box, values: 'scores', count: 'n' } }), /only beside scores/);
    assert.match(output({ detection: { ...box, values: 'scores', labels: [] } }), /must have labels/);
    assert.equal(output({ detection: { ...box, values: 'score-class', labels: [] } }), '');
    assert.equal(output({ detection: { ...box, scores: 's', classes: 'c', count: 'n' } }), '');
  });

  it('lets an output mean one thing', () => {
    assert.match(output({ classification: { labels: ['a'] }, regression: {} }), /can be one of/);
  });

  it('wants one number, or one a channel', () => {
    assert.match(problemOf({ inputs: { x: { image: { mean: [1, 2] } } } }), /one a channel/);
    assert.match(problemOf({ inputs: { x: { image: { std: [0] } } } }), />0/);
    assert.match(problemOf({ inputs: { x: { image: { rezise: 'fill' } } } }), /rezise/);
  });
});
