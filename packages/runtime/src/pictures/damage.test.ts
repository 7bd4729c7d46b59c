import assert from 'node:assert/strict';
import { it } from 'node:test';
import { modelSpec } from '@skerry/contracts';
import { isSkerryError } from '@skerry/kit';
import fc from 'fast-check';
import sharp from 'sharp';
import { signatureOf } from '../serving/signature.ts';
import { decodePictures } from './decode.ts';

const model = signatureOf({
  name: 'seer',
  version: '1',
  spec: modelSpec.parse({ inputs: { x: { image: { resize: 'contain' } } } }),
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 3, 16, 16] }],
  outputs: [],
  leftOut: [],
});

/** Some bytes are other ones, and the end may be missing. */
const damaged = (file: Uint8Array) =>
  fc
    .record({
      places: fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 8 }),
      length: fc.oneof(fc.constant(file.length), fc.nat(file.length)),
    })
    .map(({ places, length }) => {
      const bytes = Uint8Array.from(file);
      for (const [at, byte] of places) bytes[at] = byte;
      return bytes.subarray(0, length);
    });

for (const format of ['jpeg', 'png', 'webp'] as const)
  it(`gives a tensor or an error of ours for a damaged ${format}, and nothing else`, async () => {
    const ramp = Uint8Array.from({ length: 24 * 20 * 3 }, (_, i) => (i * 7) % 256);
    const file = await sharp(ramp, { raw: { width: 24, height: 20, channels: 3 } })
      .withMetadata({ orientation: 3 })
      .toFormat(format)
      .toBuffer();
    const codes = ['PictureInvalid', 'PictureTooLarge', 'UnsupportedMediaType'] as const;
    await fc.assert(
      fc.asyncProperty(damaged(file), async (bytes) => {
        try {
          const { feeds } = await decodePictures(model, [{ datatype: 'BYTES', shape: [1], data: [bytes] }]);
          assert.deepEqual(feeds[0]!.shape, [1, 3, 16, 16]);
          assert.equal(feeds[0]!.data.length, 768);
        } catch (error) {
          assert.ok(
            codes.some((code) => isSkerryError(error, code)),
            String(error),
          );
        }
      }),
      { numRuns: 150 },
    );
  });
