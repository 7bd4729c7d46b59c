import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { modelSpec } from '@skerry/contracts';
import { isSkerryError } from '@skerry/kit';
import { signatureOf } from '../serving/signature.ts';
import type { Tensor } from '../tensors/tensor.ts';
import { place } from './placement.ts';
import { type RowResults, resultsOf } from './results.ts';

const floats = (shape: number[], ...data: number[]): Tensor => ({
  datatype: 'FP32',
  shape,
  data: Float32Array.from(data),
});

function modelOf(spec: object) {
  return signatureOf({
    name: 'm',
    version: '1',
    spec: modelSpec.parse(spec),
    inputs: [],
    outputs: [],
    leftOut: [],
  });
}

function results(
  outputs: object,
  tensors: Record<string, Tensor>,
  ...more: [placements?: never[]]
): RowResults[] {
  return resultsOf(modelOf({ outputs }), Object.keys(tensors), Object.values(tensors), ...more);
}

describe('results', () => {
  it('rank classes, row by row', () => {
    const y = { classification: { labels: ['cat', 'dog', 'fox'], top: 2 } };
    assert.deepEqual(results({ y }, { y: floats([2, 3], 0.1, 0.73456, 0.2, 0.5, 0.25, 0.25) }), [
      {
        y: [
          { label: 'dog', confidence: 0.7346, index: 1 },
          { label: 'fox', confidence: 0.2, index: 2 },
        ],
      },
      {
        y: [
          { label: 'cat', confidence: 0.5, index: 0 },
          { label: 'dog', confidence: 0.25, index: 1 },
        ],
      },
    ]);
  });

  it('name quantities and their unit', () => {
    const y = { regression: { unit: 'bar', labels: ['in', 'out'], scale: 10, offset: 1 } };
    assert.deepEqual(results({ y }, { y: floats([1, 2], 0.1, 0.2) }), [
      {
        y: [
          { label: 'in', value: 2, unit: 'bar' },
          { label: 'out', value: 3, unit: 'bar' },
        ],
      },
    ]);
    assert.deepEqual(results({ y: { regression: {} } }, { y: floats([2], 0.1, 7) }), [
      { y: [{ value: 0.1 }] },
      { y: [{ value: 7 }] },
    ]);
  });

  it('say several things of one row', () => {
    const both = { age: { regression: { unit: 'a' } }, kind: { classification: { labels: ['x'] } } };
    const rows = results(both, { kind: floats([1, 1], 1), age: floats([1, 1], 30) });
    assert.deepEqual(rows, [
      { age: [{ value: 30, unit: 'a' }], kind: [{ label: 'x', confidence: 1, index: 0 }] },
    ]);
  });

  it('are none where nothing wanted has a meaning', () => {
    const tensor = floats([1], 1);
    const refused = (error: unknown) =>
      isSkerryError(error, 'InvalidRequest') && /model m has no results/.test(error.message);
    assert.throws(() => results({}, { y: tensor }), refused);
    assert.throws(() => results({ y: { regression: {} } }, { z: tensor }), refused);
  });
});

describe('detections', () => {
  const labels = ['cat', 'dog'];
  const spec = { box: 'xyxy', coordinates: 'pixels', labels, scoreThreshold: 0.5, iouThreshold: 0.5 };
  const seen = (label: string, confidence: number, x: number, y: number, width: number, height: number) => ({
    label,
    confidence,
    box: { x, y, width, height },
  });
  const catAndDog = [seen('cat', 0.75, 1, 2, 10, 20), seen('dog', 0.5, 30, 30, 5, 5)];

  it('stand in one tensor, by box or by value, with or without objectness', () => {
    // Two cats that overlap, a dog, and nothing.
    const rows = [
      [1, 2, 11, 22, 0.75, 0.1],
      [1, 2, 12, 22, 0.625, 0.1],
      [30, 30, 35, 35, 0, 0.5],
      [0, 0, 9, 9, 0.25, 0.25],
    ];
    const turned = [0, 1, 2, 3, 4, 5].flatMap((value) => rows.map((row) => row[value]!));
    const y = { detection: { ...spec, values: 'scores' } };
    assert.deepEqual(results({ y }, { y: floats([1, 4, 6], ...rows.flat()) }), [{ y: catAndDog }]);
    assert.deepEqual(results({ y }, { y: floats([1, 6, 4], ...turned) }), [{ y: catAndDog }]);
    assert.deepEqual(results({ y }, { y: floats([4, 6], ...rows.flat()) }), [{ y: catAndDog }]);
    assert.equal(results({ y }, { y: floats([2, 4, 6], ...rows.flat(), ...rows.flat()) }).length, 2);
    const sure = rows.map(([a, b, c, d, cat, dog]) => [a!, b!, c!, d!, 0.5, cat! * 2, dog! * 2]);
    const objects = { detection: { ...spec, values: 'objectness-scores' } };
    assert.deepEqual(results({ y: objects }, { y: floats([1, 4, 7], ...sure.flat()) }), [{ y: catAndDog }]);
    const suppressed = { detection: { ...spec, values: 'score-class' } };
    const known = floats([1, 3, 6], 1, 2, 11, 22, 0.75, 0, 30, 30, 35, 35, 0.5, 1, 0, 0, 0, 0, 0, 0);
    assert.deepEqual(results({ y: suppressed }, { y: known }), [{ y: catAndDog }]);
  });

  it('stand in outputs of their own, up to the count', () => {
    const boxes = floats([1, 3, 4], 1, 2, 11, 22, 30, 30, 35, 35, 0, 0, 50, 50);
    const scores = floats([1, 3], 0.75, 0.5, 0.9);
    const classes = { datatype: 'INT64', shape: [1, 3], data: BigInt64Array.of(0n, 1n, 1n) } as const;
    const apart = { boxes: { detection: { ...spec, scores: 's', classes: 'c', count: 'n' } } };
    assert.deepEqual(results(apart, { boxes, s: scores, c: classes, n: floats([1], 2) }), [
      { boxes: catAndDog },
    ]);
    assert.throws(() => results(apart, { boxes }), /need the output s, which is not asked for/);
  });

  it('leave out the class that means nothing', () => {
    const boxes = floats([1, 2, 4], 1, 2, 11, 22, 30, 30, 35, 35);
    const scores = floats([1, 2, 3], 0.2, 0.75, 0, 0.9, 0, 0.5);
    const all = { labels: ['nothing', 'cat', 'dog'], backgroundClass: 0, scores: 's' };
    assert.deepEqual(results({ boxes: { detection: { ...spec, ...all } } }, { boxes, s: scores }), [
      { boxes: catAndDog },
    ]);
  });

  it('have boxes in every form', () => {
    const forms = {
      xyxy: [10, 20, 14, 28],
      yxyx: [20, 10, 28, 14],
      cxcywh: [12, 24, 4, 8],
      xywh: [10, 20, 4, 8],
    };
    for (const [box, values] of Object.entries(forms)) {
      const y = { detection: { ...spec, box, values: 'score-class' } };
      const [row] = results({ y }, { y: floats([1, 1, 6], ...values, 1, 0) });
      assert.deepEqual(row!.y, [seen('cat', 1, 10, 20, 4, 8)], box);
    }
  });

  it('drop what is no number or has no area', () => {
    const y = { detection: { ...spec, values: 'score-class' } };
    const rows = [
      [0, 0, 0, 5, 1, 0],
      [Number.NaN, 0, 5, 5, 1, 0],
      [0, 0, 5, 5, Number.NaN, 0],
      [9, 9, 5, 5, 1, 1],
    ];
    assert.deepEqual(results({ y }, { y: floats([1, 4, 6], ...rows.flat()) }), [{ y: [] }]);
  });

  it('come back to the pixels of the picture, and stay in it', () => {
    const y = { detection: { ...spec, values: 'score-class', coordinates: 'normalized' } };
    const model = modelOf({ outputs: { y } });
    const square = { width: 100, height: 100 };
    const boxed = place({ width: 400, height: 200 }, 'contain', square);
    const answer = (box: number[], placement = boxed) =>
      resultsOf(model, ['y'], [floats([1, 1, 6], ...box, 1, 0)], [placement])[0]!.y;
    assert.deepEqual(answer([0.25, 0.25, 0.5, 0.5]), [seen('cat', 1, 100, 0, 100, 100)]);
    assert.deepEqual(answer([0.5, 0, 1, 1]), [seen('cat', 1, 200, 0, 200, 200)]);
    assert.deepEqual(answer([0, 0, 1, 0.25]), []);
    const cut = place({ width: 400, height: 200 }, 'cover', square);
    assert.deepEqual(answer([0, 0, 0.5, 0.5], cut), [seen('cat', 1, 100, 0, 100, 100)]);
  });
});
