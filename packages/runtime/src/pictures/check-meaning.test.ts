import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { modelSpec } from '@skerry/contracts';
import { isSkerryError } from '@skerry/kit';
import type { Session } from '../engines/engine.ts';
import type { Datatype, TensorSpec } from '../tensors/tensor.ts';
import { checkMeaning } from './check-meaning.ts';

const tensor = (name: string, shape: number[], datatype: Datatype = 'FP32'): TensorSpec => ({
  name,
  shape,
  datatype,
});

function check(spec: object, input: TensorSpec, ...outputs: TensorSpec[]): void {
  const session = { inputs: [input], outputs } as unknown as Session;
  checkMeaning(modelSpec.parse(spec), session);
}

const says = (words: RegExp) => (error: unknown) =>
  isSkerryError(error, 'InvalidFile') && words.test(error.message);

describe('an image that model.yaml speaks of', () => {
  const image = (image: object, shape: number[], datatype?: Datatype) => () =>
    check({ inputs: { x: { image } } }, tensor('x', shape, datatype));

  it('may be of every common shape', () => {
    for (const shape of [
      [-1, 3, 8, 8],
      [1, 8, 8, 3],
      [3, 8, 8],
      [8, 8, 1],
      [-1, 8, 8],
      [-1, 3, -1, -1],
      [-1, -1, -1, -1],
    ])
      assert.doesNotThrow(image({}, shape), String(shape));
    assert.doesNotThrow(image({ size: [8, 8] }, [-1, 192]));
  });

  const wrong: [string, object, number[], RegExp][] = [
    [
      'channels',
      { channels: 'gray' },
      [1, 3, 8, 8],
      /image is for gray pictures, which the input \[1,3,8,8\]/,
    ],
    ['layout', { layout: 'nhwc' }, [1, 3, 8, 8], /rgb or gray pictures as nhwc/],
    ['rank', {}, [3], /does not take/],
    [
      'too small a size',
      { size: [4, 4] },
      [1, 3, 8, 8],
      /has size \[4,4\], but the input \[1,3,8,8\] needs more/,
    ],
    ['no size for a flat input', {}, [1, 192], /needs size, since/],
    ['another size for a flat input', { size: [8, 9] }, [1, 192], /makes 216 values/],
    ['one free side', {}, [1, 3, -1, 8], /leaves one side free/],
    ['three means for gray', { mean: [1, 2, 3] }, [1, 1, 8, 8], /gray pictures have one channel/],
  ];
  for (const [what, spec, shape, words] of wrong)
    it(`is refused for ${what}`, () => assert.throws(image(spec, shape), says(words)));

  it('is refused for a datatype, and for an input that is not there', () => {
    assert.throws(
      image({}, [1, 3, 8, 8], 'INT64'),
      says(/makes FP32, FP16, UINT8, INT8 of a picture, but the input is INT64/),
    );
    assert.throws(
      () => check({ inputs: { y: { image: {} } } }, tensor('x', [1])),
      says(/model's inputs are x/),
    );
  });
});

describe('an output that model.yaml speaks of', () => {
  const output =
    (meaning: object, ...outputs: TensorSpec[]) =>
    () =>
      check({ outputs: { y: meaning } }, tensor('x', [1]), ...outputs);
  const labels = ['a', 'b'];
  const box = { box: 'xyxy', coordinates: 'pixels' };

  it('has as many scores or values as labels', () => {
    assert.throws(
      output({ classification: { labels } }, tensor('y', [-1, 3])),
      says(/2 labels, but the model gives 3 scores/),
    );
    assert.doesNotThrow(output({ classification: { labels } }, tensor('y', [-1, 2, 1, 1])));
    assert.doesNotThrow(output({ classification: { labels } }, tensor('y', [-1, -1])));
    assert.throws(
      output({ regression: { labels } }, tensor('y', [-1, 3])),
      says(/2 labels, but the model gives 3 values/),
    );
    assert.doesNotThrow(output({ regression: {} }, tensor('y', [-1, 3])));
  });

  it('has numbers', () => {
    assert.throws(
      output({ classification: { labels } }, tensor('y', [-1, 2], 'BYTES')),
      says(/BYTES, not numbers/),
    );
  });

  it('has the boxes and values of a detection', () => {
    const one = { detection: { ...box, labels, values: 'scores' } };
    for (const shape of [
      [1, 6, 100],
      [1, 100, 6],
      [6, 100],
      [-1, 6, -1],
      [-1, -1, -1],
    ])
      assert.doesNotThrow(output(one, tensor('y', shape)), String(shape));
    assert.throws(
      output(one, tensor('y', [1, 84, 100])),
      says(/makes 6 values a box, which no axis of \[1,84,100\]/),
    );
    const apart = { detection: { ...box, scores: 's', classes: 'c' } };
    assert.throws(output(apart, tensor('y', [1, 9, 4])), says(/spec.outputs has s, but/));
    const parts = [tensor('s', [1, 9]), tensor('c', [1, 9])];
    assert.doesNotThrow(output(apart, tensor('y', [1, 9, 4]), ...parts));
    assert.throws(output(apart, tensor('y', [1, 9, 5]), ...parts), says(/have not four values/));
  });
});
