import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { modelSpec } from '@skerry/contracts';
import { isSkerryError } from '@skerry/kit';
import sharp, { type Sharp } from 'sharp';
import type { Engine } from '../engines/engine.ts';
import { openOnnxEngine } from '../engines/onnx-engine.ts';
import type { RankedClass } from '../models/classification.ts';
import { openModel } from '../models/open-model.ts';
import { signatureOf } from '../serving/signature.ts';
import { decodePictures } from './decode.ts';
import type { Detection } from './detect.ts';
import { pictureRequest } from './picture-request.ts';
import { resultsOf } from './results.ts';

const detector = fileURLToPath(new URL('../../test/fixtures/detector.onnx', import.meta.url));
const digits = fileURLToPath(new URL('../../test/models/digits_cnn.onnx', import.meta.url));
const cases = new URL('../../../../examples/meter-reading/model/acceptance/', import.meta.url);

let engine: Engine;
before(async () => {
  engine = await openOnnxEngine();
});

/** From the bytes of a picture to what is seen in it, as a server does it. */
async function see(onnx: string, yaml: object, picture: Uint8Array) {
  const spec = modelSpec.parse(yaml);
  const session = openModel(engine, { name: 'm', folder: '', onnx, spec });
  try {
    const model = signatureOf({ ...session, name: 'm', version: '1', spec });
    const { feeds, wanted } = pictureRequest(model, picture);
    const decoded = await decodePictures(model, feeds);
    return resultsOf(model, wanted, session.run(decoded.feeds, wanted), decoded.placements);
  } finally {
    session.close();
  }
}

describe('a photo of a digit', () => {
  const yaml = {
    inputs: { image: { image: {} } },
    outputs: { probabilities: { classification: { labels: [...'0123456789'], top: 3 } } },
  };

  /** A case's pixels, 0 to 1, as a gray picture. */
  const drawn = (rows: number[][]): Sharp =>
    sharp(
      Uint8Array.from(rows.flat(), (value) => Math.round(value * 255)),
      { raw: { width: 8, height: 8, channels: 1 } },
    );

  const labelIn = async (picture: Sharp) => {
    const [row] = await see(digits, yaml, await picture.toBuffer());
    const ranked = row!.probabilities as readonly RankedClass[];
    assert.equal(ranked.length, 3);
    return ranked[0]!.label;
  };

  it('is read right, and mostly so when it is enlarged and comes in colour', async () => {
    const files = await readdir(cases);
    let enlarged = 0;
    for (const file of files) {
      const { label, inputs } = JSON.parse(await readFile(new URL(file, cases), 'utf8'));
      const small = drawn(inputs.image[0][0]);
      assert.equal(await labelIn(small.clone().toColourspace('b-w').png()), label, file);
      assert.equal(await labelIn(small.clone().webp({ lossless: true })), label, file);
      const large = small.clone().resize(160, 160, { kernel: 'nearest' }).toColourspace('srgb').jpeg();
      if ((await labelIn(large)) === label) enlarged++;
    }
    assert.ok(files.length >= 10 && enlarged >= 0.9 * files.length, `${enlarged} of ${files.length}`);
  });
});

describe('a photo with things in it', () => {
  const labels = ['red', 'blue'];
  const detectorOf = (image: object, outputs: object) => ({ inputs: { picture: { image } }, outputs });
  const everything = {
    box: 'cxcywh',
    coordinates: 'pixels',
    values: 'scores',
    labels,
    iouThreshold: 0.3,
    scoreThreshold: 0.3,
  };
  const boxes = { box: 'yxyx', coordinates: 'normalized', labels, iouThreshold: 0.3, scoreThreshold: 0.3 };
  const forms: [string, object][] = [
    ['all in one tensor', { everything: { detection: everything } }],
    ['boxes and a score a class', { boxes: { detection: { ...boxes, scores: 'box_scores' } } }],
    [
      'boxes, scores, classes and their count',
      { boxes: { detection: { ...boxes, scores: 'scores', classes: 'classes', count: 'count' } } },
    ],
  ];

  /** Black, with squares of four parts of its height: red above on the left, blue below on the right. */
  function photo(width: number, height: number): Promise<Buffer> {
    const side = height / 4;
    const square = (r: number, b: number) =>
      ({ create: { width: side, height: side, channels: 3, background: { r, g: 0, b } } }) as const;
    return sharp({ create: { width, height, channels: 3, background: 'black' } })
      .composite([
        { input: square(255, 0), left: 0, top: 0 },
        { input: square(0, 230), left: width - side, top: height - side },
      ])
      .png()
      .toBuffer();
  }

  function isNear(seen: Detection | undefined, label: string, box: Detection['box'], pixels: number): void {
    assert.equal(seen?.label, label);
    for (const side of ['x', 'y', 'width', 'height'] as const)
      assert.ok(Math.abs(seen!.box[side] - box[side]) <= pixels, `${label}: ${JSON.stringify(seen!.box)}`);
  }

  for (const [what, outputs] of forms)
    it(`shows where they are, once each: ${what}`, async () => {
      const [row] = await see(detector, detectorOf({}, outputs), await photo(320, 320));
      const seen = Object.values(row!)[0] as Detection[];
      assert.equal(seen.length, 2);
      isNear(seen[0], 'red', { x: 0, y: 0, width: 80, height: 80 }, 0.001);
      isNear(seen[1], 'blue', { x: 240, y: 240, width: 80, height: 80 }, 0.001);
      assert.ok(seen[0]!.confidence > 0.9 && seen[1]!.confidence > 0.8);
    });

  it('has its own pixels, however it came to what the model sees', async () => {
    const wide = await photo(640, 320);
    const one = { everything: { detection: { ...everything, scoreThreshold: 0.2 } } };
    const see1 = async (image: object) =>
      (await see(detector, detectorOf(image, one), wide))[0]!.everything as Detection[];
    // All of it with bars above and below: the squares are 4 by 4 in a window of 8 by 8.
    const contained = await see1({ resize: 'contain' });
    assert.deepEqual(new Set(contained.map(({ label }) => label)), new Set(['red', 'blue']));
    for (const { label, box } of contained) {
      const [x, y] = label === 'red' ? [40, 40] : [600, 280];
      assert.ok(
        box.x <= x && x <= box.x + box.width && box.y <= y && y <= box.y + box.height,
        JSON.stringify(box),
      );
      assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= 640 && box.y + box.height <= 320);
    }
    // Its middle, 320 by 320, has neither square.
    assert.deepEqual(await see1({ resize: 'cover' }), []);
    const stretched = await see1({ resize: 'fill' });
    assert.equal(stretched.length, 2);
    isNear(
      stretched.find(({ label }) => label === 'red'),
      'red',
      { x: 0, y: 0, width: 160, height: 80 },
      0.001,
    );
  });

  it('may stand on its side', async () => {
    const upright = await photo(320, 320);
    const turned = await sharp(upright)
      .rotate(-90)
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 95 })
      .toBuffer();
    const [row] = await see(detector, detectorOf({}, forms[0]![1]), turned);
    isNear((row!.everything as Detection[])[0], 'red', { x: 0, y: 0, width: 80, height: 80 }, 0.001);
  });
});

describe('a bare picture', () => {
  const refused = (code: string, words: RegExp) => (error: unknown) =>
    isSkerryError(error, code) && words.test(error.message);

  it('is nothing for a model that takes none, or that says nothing of its outputs', async () => {
    const outputs = { probabilities: { classification: { labels: [...'0123456789'] } } };
    await assert.rejects(
      see(digits, { outputs }, new Uint8Array(9)),
      refused('UnsupportedMediaType', /has no spec.inputs.image.image/),
    );
    const inputs = { image: { image: {} } };
    await assert.rejects(
      see(digits, { inputs }, new Uint8Array(9)),
      refused('InvalidRequest', /no results in words/),
    );
  });
});
