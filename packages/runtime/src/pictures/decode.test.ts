import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { modelSpec } from '@skerry/contracts';
import { isSkerryError } from '@skerry/kit';
import sharp, { type Sharp } from 'sharp';
import { signatureOf } from '../serving/signature.ts';
import type { Tensor, TensorSpec } from '../tensors/tensor.ts';
import { decodePictures } from './decode.ts';
import { MAX_PIXELS } from './open-picture.ts';

type Image = Record<string, unknown>;

function modelWith(image: Image, shape: number[], datatype: TensorSpec['datatype'] = 'FP32') {
  return signatureOf({
    name: 'seer',
    version: '1',
    spec: modelSpec.parse({ inputs: { x: { image } } }),
    inputs: [{ name: 'x', datatype, shape }],
    outputs: [],
    leftOut: [],
  });
}

const bytes = (...files: (Uint8Array | string)[]): Tensor => ({
  datatype: 'BYTES',
  shape: [files.length],
  data: files as Uint8Array[],
});

/** Red, green, blue and white, from the upper left on. */
const corners = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255];
const cornersPicture = () => sharp(Uint8Array.from(corners), { raw: { width: 2, height: 2, channels: 3 } });
const plain = (width: number, height: number, colour = { r: 200, g: 100, b: 50 }) =>
  sharp({ create: { width, height, channels: 3, background: colour } });

async function decodeOne(
  image: Image,
  shape: number[],
  file: Uint8Array | string,
  datatype?: TensorSpec['datatype'],
) {
  const { feeds, placements } = await decodePictures(modelWith(image, shape, datatype), [bytes(file)]);
  return { ...feeds[0]!, values: Array.from(feeds[0]!.data as Float32Array), placement: placements[0]! };
}

const refuses = (code: string, words: RegExp) => (error: unknown) =>
  isSkerryError(error, code) && words.test(error.message);

describe('decoded pictures', () => {
  it('have their channels in planes or beside each other, in the order the model wants', async () => {
    const png = await cornersPicture().png().toBuffer();
    const raw = { scale: 1, resize: 'none' };
    const planes = await decodeOne(raw, [-1, 3, 2, 2], png);
    assert.deepEqual(planes.shape, [1, 3, 2, 2]);
    assert.deepEqual(planes.values, [255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255]);
    const pixels = await decodeOne(raw, [-1, 2, 2, 3], png);
    assert.deepEqual([pixels.shape, pixels.values], [[1, 2, 2, 3], corners]);
    const bgr = await decodeOne({ ...raw, channels: 'bgr' }, [1, 2, 2, 3], png);
    assert.deepEqual(bgr.values, [0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255]);
    const gray = await decodeOne(raw, [-1, 1, 2, 2], png);
    assert.deepEqual(
      [gray.shape, gray.values],
      [
        [1, 1, 2, 2],
        [76, 150, 29, 255],
      ],
    );
    const flat = await decodeOne({ ...raw, size: [2, 2] }, [-1, 12], png);
    assert.deepEqual([flat.shape, flat.values], [[1, 12], corners]);
    const free = await decodeOne({ scale: 1, layout: 'nhwc' }, [-1, -1, -1, -1], png);
    assert.deepEqual([free.shape, free.values], [[1, 2, 2, 3], corners]);
  });

  it('are scaled, then shifted by the mean and divided by the deviation of their channel', async () => {
    const png = await plain(1, 1, { r: 255, g: 51, b: 0 }).png().toBuffer();
    const image = { mean: [0.5, 0.1, 0], std: [0.5, 0.1, 2] };
    const { values } = await decodeOne(image, [1, 3, 1, 1], png);
    assert.deepEqual(values, [1, Math.fround(1), 0]);
    assert.deepEqual((await decodeOne(image, [1, 3, 1, 1], png, 'FP16')).values, [1, 1, 0]);
    assert.deepEqual((await decodeOne({}, [1, 3, 1, 1], png, 'UINT8')).values, [255, 51, 0]);
    assert.deepEqual((await decodeOne({ mean: [128] }, [1, 3, 1, 1], png, 'INT8')).values, [127, -77, -128]);
  });

  it('are the same from text in base64', async () => {
    const png = await cornersPicture().png().toBuffer();
    const image = { scale: 1, resize: 'none' };
    const { values } = await decodeOne(image, [1, 2, 2, 3], png.toString('base64'));
    assert.deepEqual(values, corners);
  });

  for (const format of ['jpeg', 'png', 'webp'] as const)
    it(`come from ${format}, resized`, async () => {
      const file = await plain(40, 30).toFormat(format).toBuffer();
      const { values, shape } = await decodeOne({ scale: 1 }, [-1, 3, 8, 8], file);
      assert.deepEqual(shape, [1, 3, 8, 8]);
      for (const [i, value] of values.entries())
        assert.ok(Math.abs(value - [200, 100, 50][Math.floor(i / 64)]!) <= 4, `${i}: ${value}`);
    });

  it('stand upright, as EXIF says', async () => {
    const file = await cornersPicture().withMetadata({ orientation: 6 }).png().toBuffer();
    const { values } = await decodeOne({ scale: 1, resize: 'none' }, [1, 2, 2, 3], file);
    assert.deepEqual(values, [0, 0, 255, 255, 0, 0, 255, 255, 255, 0, 255, 0]);
  });

  it('have 8 bits and three channels, whatever they had', async () => {
    const deep = sharp(new Uint16Array(3).fill(0x8080), { raw: { width: 1, height: 1, channels: 3 } });
    const clear = sharp(Uint8Array.of(255, 255, 255, 0), { raw: { width: 1, height: 1, channels: 4 } });
    const gray = sharp(Uint8Array.of(9), { raw: { width: 1, height: 1, channels: 1 } });
    const files: [Sharp, number[]][] = [
      [deep.toColourspace('rgb16').png(), [128, 128, 128]],
      [clear.png(), [1, 2, 3]],
      [gray.toColourspace('b-w').png(), [9, 9, 9]],
      [plain(1, 1, { r: 0, g: 0, b: 0 }).png({ palette: true }), [0, 0, 0]],
      [plain(1, 1, { r: 255, g: 255, b: 255 }).toColourspace('cmyk').jpeg(), [255, 255, 255]],
    ];
    for (const [file, expected] of files) {
      const { values } = await decodeOne(
        { scale: 1, background: [1, 2, 3] },
        [1, 3, 1, 1],
        await file.toBuffer(),
      );
      assert.deepEqual(values, expected);
    }
  });

  it('are the first frame of an animation', async () => {
    const frames = Uint8Array.of(1, 1, 1, 250, 250, 250);
    const webp = await sharp(frames, { raw: { width: 1, height: 2, channels: 3, pageHeight: 1 } })
      .webp({ lossless: true, loop: 0, delay: [100, 100] })
      .toBuffer();
    assert.equal((await sharp(webp).metadata()).pages, 2);
    assert.deepEqual((await decodeOne({ scale: 1 }, [1, 1, 1, 3], webp)).values, [1, 1, 1]);
  });

  it('are a batch, in order', async () => {
    const shades = [10, 20, 30].map((v) => plain(4, 4, { r: v, g: v, b: v }).png().toBuffer());
    const model = modelWith({ scale: 1 }, [-1, 1, 1, 1]);
    const feed = bytes(...(await Promise.all(shades)));
    const { feeds, placements } = await decodePictures(model, [{ ...feed, shape: [3, 1] }]);
    assert.deepEqual([feeds[0]!.shape, feeds[0]!.data], [[3, 1, 1, 1], Float32Array.of(10, 20, 30)]);
    assert.equal(placements.length, 3);
  });

  it('leave a tensor that is one already as it is', async () => {
    const feed: Tensor = { datatype: 'FP32', shape: [1, 3, 1, 1], data: Float32Array.of(1, 2, 3) };
    const { feeds, placements } = await decodePictures(modelWith({}, [1, 3, 1, 1]), [feed]);
    assert.equal(feeds[0], feed);
    assert.deepEqual(placements, []);
  });
});

describe('resizing', () => {
  const wide = () => plain(40, 20).png().toBuffer();
  const black = (values: number[]) => values.map((value) => (value === 7 ? '.' : '#')).join('');
  const square = async (image: Image) => {
    const { values, placement } = await decodeOne(
      { scale: 1, background: [7, 7, 7], ...image },
      [1, 1, 4, 4],
      await wide(),
    );
    const { resized, left, top } = placement;
    return [black(values), resized.width, resized.height, left, top];
  };

  it('stretches, shows all of it, covers all, or leaves it', async () => {
    assert.deepEqual(await square({ resize: 'fill' }), ['################', 4, 4, 0, 0]);
    assert.deepEqual(await square({ resize: 'contain' }), ['....########....', 4, 2, 0, 1]);
    assert.deepEqual(await square({ resize: 'cover' }), ['################', 8, 4, -2, 0]);
    assert.deepEqual(await square({ resize: 'none' }), ['################', 40, 20, -18, -8]);
  });

  it('cuts the centre out of a size larger than the model', async () => {
    assert.deepEqual(await square({ resize: 'cover', size: [8, 8] }), ['################', 16, 8, -6, -2]);
    assert.deepEqual(await square({ resize: 'contain', size: [6, 6] }), ['############....', 6, 3, -1, 0]);
  });

  it('cuts out the very centre', async () => {
    const ramp = sharp(
      Uint8Array.from({ length: 36 }, (_, i) => i),
      { raw: { width: 6, height: 6, channels: 1 } },
    );
    const png = await ramp.toColourspace('b-w').png().toBuffer();
    const { values } = await decodeOne({ scale: 1, resize: 'none' }, [1, 1, 2, 2], png);
    assert.deepEqual(values, [14, 15, 20, 21]);
    const around = await decodeOne({ scale: 1, resize: 'none' }, [1, 1, 2, 8], png);
    assert.deepEqual(around.values, [0, 12, 13, 14, 15, 16, 17, 0, 0, 18, 19, 20, 21, 22, 23, 0]);
  });
});

describe('pictures that cannot be taken', () => {
  const one = [1, 3, 2, 2];

  it('are of another format, or none', async () => {
    const gif = await plain(2, 2).gif().toBuffer();
    await assert.rejects(
      decodeOne({}, one, gif),
      refuses('UnsupportedMediaType', /picture 0 of input x is image\/gif/),
    );
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>');
    await assert.rejects(decodeOne({}, one, svg), refuses('UnsupportedMediaType', /no picture of a known/));
    const disguised = Buffer.from(
      '<!-- 78 WEBP --><svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>',
    );
    await assert.rejects(
      decodeOne({}, one, disguised),
      refuses('UnsupportedMediaType', /no picture of a known/),
    );
    await assert.rejects(decodeOne({}, one, ''), refuses('UnsupportedMediaType', /image\/jpeg, image\/png/));
  });

  it('are damaged or cut short', async () => {
    const jpeg = await plain(64, 64).jpeg().toBuffer();
    await assert.rejects(
      decodeOne({}, one, jpeg.subarray(0, jpeg.length - 20)),
      refuses('PictureInvalid', /cannot be decoded/),
    );
    const png = await plain(64, 64).png().toBuffer();
    png.fill(0, 60);
    await assert.rejects(decodeOne({}, one, png), refuses('PictureInvalid', /picture 0 of input x/));
  });

  /** A small PNG whose head, with the right checksum, promises other sides. */
  const promising = async (picture: Sharp, width: number, height: number) => {
    const png = await picture.toBuffer();
    png.writeUInt32BE(width, 16);
    png.writeUInt32BE(height, 20);
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    return png;
  };

  it('unpack to more pixels than there may be', async () => {
    const side = Math.sqrt(MAX_PIXELS) + 1;
    const bomb = await promising(plain(2, 2).png(), side, side);
    await assert.rejects(
      decodeOne({}, one, bomb),
      refuses('PictureTooLarge', /8193×8193 pixels; 67108864 is/),
    );
  });

  it('have to be held as a whole, and are large', async () => {
    const passes = await promising(plain(2, 2).png({ progressive: true }), 4097, 4097);
    await assert.rejects(
      decodeOne({}, one, passes),
      refuses('PictureTooLarge', /4097×4097 pixels; 16777216 is/),
    );
    const turned = await promising(plain(2, 2).withMetadata({ orientation: 3 }).png(), 4097, 4097);
    await assert.rejects(decodeOne({}, one, turned), refuses('PictureTooLarge', /4097×4097/));
    const photo = await plain(4097, 4097).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    assert.deepEqual((await decodeOne({}, one, photo)).shape, one);
  });

  it('are too long', async () => {
    const line = await plain(65_536, 1).png().toBuffer();
    await assert.rejects(
      decodeOne({}, one, line),
      refuses('PictureTooLarge', /65536×1 pixels; 65535 a side/),
    );
  });

  it('would be resized to more pixels than there may be', async () => {
    const line = await plain(1, 20_000).png().toBuffer();
    await assert.rejects(
      decodeOne({ resize: 'cover' }, [1, 3, 224, 224], line),
      refuses('PictureTooLarge', /resized as model.yaml says, has 224×4480000/),
    );
  });

  it('differ in size where the model takes any', async () => {
    const files = await Promise.all([plain(2, 2).png().toBuffer(), plain(3, 2).png().toBuffer()]);
    await assert.rejects(
      decodePictures(modelWith({}, [-1, 3, -1, -1]), [bytes(...files)]),
      refuses('InvalidTensor', /picture 1 of input x has 3×2 pixels, the first one 2×2/),
    );
  });

  it('are too many, too few or in a wrong shape', async () => {
    const png = await plain(2, 2).png().toBuffer();
    const model = modelWith({}, one);
    const decode = (feed: Tensor) => decodePictures(model, [feed]);
    await assert.rejects(
      decode(bytes(png, png)),
      refuses('InvalidTensor', /must have shape \[1\] or \[1,1\], not \[2\]/),
    );
    await assert.rejects(
      decode({ ...bytes(png), shape: [1, 1, 1] }),
      refuses('InvalidTensor', /not \[1,1,1\]/),
    );
    const many = bytes(...Array.from({ length: 257 }, () => png));
    await assert.rejects(
      decodePictures(modelWith({}, [-1, 3, 2, 2]), [many]),
      refuses('InvalidTensor', /256 is/),
    );
    await assert.rejects(
      decodePictures(modelWith({}, [-1, 3, 2, 2]), [bytes()]),
      refuses('InvalidTensor', /\[n\]/),
    );
    await assert.rejects(
      decodePictures(modelWith({}, [-1, 3, 1024, 1024]), [bytes(...Array.from({ length: 64 }, () => png))]),
      refuses('PictureTooLarge', /tensor \[64,3,1024,1024\] of 805306368 bytes/),
    );
  });
});
