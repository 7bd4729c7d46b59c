import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSkerryError } from '@skerry/kit';
import fc from 'fast-check';
import sharp from 'sharp';
import type { TensorSpec } from '../../tensors/tensor.ts';
import { type Frame, frameId, type Image, type Work } from '../frame.ts';
import { decodeStage } from './decode.ts';
import { imageFeed } from './image-feed.ts';

const frameOf = (contentType: string, body: Buffer | string): Frame => ({
  source: '/cameras/1',
  id: '1',
  time: undefined,
  contentType,
  body: Buffer.from(body),
});

async function decode(frame: Frame, channels: 1 | 3 = 1, pixels: [number, number] = [2, 3]): Promise<Image> {
  const work: Work = { frame };
  await decodeStage({ pixels, channels })(work);
  return work.image!;
}

const refuses = (code: string, words: RegExp) => (error: unknown) =>
  isSkerryError(error, code) && words.test(error.message);

describe('decode', () => {
  it('takes raw bytes, one a value', async () => {
    const image = await decode(frameOf('application/octet-stream', Buffer.from([0, 1, 2, 3, 4, 255])));
    assert.deepEqual(
      { ...image, values: [...(image.values as Buffer)] },
      { height: 2, width: 3, channels: 1, values: [0, 1, 2, 3, 4, 255] },
    );
  });

  it('takes JSON lists, of rows or flat', async () => {
    const json = 'application/json; charset=utf-8';
    assert.deepEqual((await decode(frameOf(json, '[[0,1,2],[3,4.5,5]]'))).values, [0, 1, 2, 3, 4.5, 5]);
    assert.deepEqual((await decode(frameOf(json, '[0,1,2,3,4,5]'))).values, [0, 1, 2, 3, 4, 5]);
  });

  for (const format of ['png', 'jpeg', 'webp'] as const)
    it(`takes ${format} images, resized and in grey or colour`, async () => {
      const made = sharp({
        create: { width: 12, height: 8, channels: 3, background: { r: 200, g: 200, b: 200 } },
      });
      const body = await made.toFormat(format).toBuffer();
      const grey = await decode(frameOf(`image/${format}`, body));
      assert.equal(grey.values.length, 6);
      const colour = await decode(frameOf(`image/${format}`, body), 3);
      assert.equal(colour.values.length, 18);
      for (const value of [...(grey.values as Buffer), ...(colour.values as Buffer)])
        assert.ok(Math.abs(value - 200) < 8, String(value));
    });

  it('sees through transparency, and keeps a picture upright', async () => {
    const clear = sharp({
      create: { width: 3, height: 2, channels: 4, background: { r: 9, g: 9, b: 9, alpha: 1 } },
    });
    assert.equal((await decode(frameOf('image/png', await clear.png().toBuffer()), 3)).values.length, 18);
  });

  const bad: [string, Frame, string, RegExp][] = [
    [
      'too few bytes',
      frameOf('application/octet-stream', 'abc'),
      'FrameInvalid',
      /has 3 bytes; 2×3 pixels of 1 need 6/,
    ],
    [
      'too many values',
      frameOf('application/json', '[1,2,3,4,5,6,7]'),
      'FrameInvalid',
      /has 7 values; 2×3×1 need 6/,
    ],
    [
      'values that are no numbers',
      frameOf('application/json', '[1,2,3,4,5,"6"]'),
      'FrameInvalid',
      /no numbers/,
    ],
    ['no JSON', frameOf('application/json', '[1,'), 'InvalidRequest', /not JSON/],
    [
      'lists a thousand deep',
      frameOf('application/json', '['.repeat(1000)),
      'InvalidRequest',
      /deeper than 128/,
    ],
    ['half an image', frameOf('image/png', '\x89PNG'), 'FrameInvalid', /image cannot be read/],
    [
      'another type',
      frameOf('text/plain', 'abc'),
      'UnsupportedMediaType',
      /came as text\/plain; decode reads application\/octet-stream/,
    ],
    ['no type', frameOf('', 'abc'), 'UnsupportedMediaType', /came as no content type/],
  ];
  for (const [what, frame, code, words] of bad)
    it(`refuses ${what}`, () => assert.rejects(decode(frame), refuses(code, words)));
});

describe('an image as a tensor', () => {
  const image: Image = { height: 2, width: 1, channels: 3, values: [1, 2, 3, 4, 5, 6] };
  const spec = (shape: number[], datatype: TensorSpec['datatype'] = 'FP32') => ({
    name: 'image',
    datatype,
    shape,
  });

  it('puts channels first or last, as the shape says, and scales', () => {
    const first = imageFeed(spec([-1, 3, 2, 1]), image, 0.5);
    assert.deepEqual([first.shape, first.data], [[1, 3, 2, 1], Float32Array.of(0.5, 2, 1, 2.5, 1.5, 3)]);
    const last = imageFeed(spec([-1, 2, 1, 3]), image, 1);
    assert.deepEqual([last.shape, last.data], [[1, 2, 1, 3], Float32Array.of(1, 2, 3, 4, 5, 6)]);
    assert.deepEqual(imageFeed(spec([3, 2, 1], 'UINT8'), image, 1).data, Uint8Array.of(1, 4, 2, 5, 3, 6));
    assert.deepEqual(imageFeed(spec([1, 6]), image, 1).shape, [1, 6]);
    assert.deepEqual(imageFeed(spec([6], 'INT32'), image, 1).shape, [6]);
  });

  it('refuses an input that takes no such image', () => {
    assert.throws(
      () => imageFeed(spec([-1, 3, 4, 4]), image, 1),
      refuses('FrameInvalid', /2×1 pixels of 3, which the input image \(FP32 \[any,3,4,4\]\) does not take/),
    );
    assert.throws(() => imageFeed(spec([-1, 3, 2, 1], 'BYTES'), image, 1), refuses('FrameInvalid', /BYTES/));
  });
});

it('gives every pair of source and number an id of its own', () => {
  const text = fc.string({ unit: fc.constantFrom('#', '%', '2', '3', '/', 'a') });
  fc.assert(
    fc.property(text, text, text, text, (source, id, otherSource, otherId) => {
      const same = source === otherSource && id === otherId;
      assert.equal(frameId({ source, id }) === frameId({ source: otherSource, id: otherId }), same);
    }),
  );
});
