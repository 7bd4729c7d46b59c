import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { startProcess, type TestProcess } from '../test-process.ts';
import { until } from '../until.ts';

const fixture = (path: string) => fileURLToPath(new URL(`../../test/${path}`, import.meta.url));
const cardOf = (name: string, spec: string) =>
  `apiVersion: skerry.dev/v1alpha1\nkind: Model\nmetadata: { name: ${name} }\nspec:\n${spec}\n`;
const squaresCard = `  inputs: { picture: { image: { resize: contain } } }
  outputs:
    boxes: { detection: { box: yxyx, coordinates: normalized, scores: box_scores, labels: [red, blue], scoreThreshold: 0.3, iouThreshold: 0.3 } }`;
const digitsCard = `  inputs: { image: { image: {} } }
  outputs: { probabilities: { classification: { labelsFile: labels.txt, top: 2 } } }`;
const names = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

let root: string;
let server: TestProcess;
let rest: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'skerry-photos-'));
  for (const [name, card, onnx] of [
    ['squares', squaresCard, 'fixtures/detector.onnx'],
    ['digits', digitsCard, 'models/digits_cnn.onnx'],
  ] as const) {
    const folder = join(root, name);
    await mkdir(folder);
    await writeFile(join(folder, 'model.yaml'), cardOf(name, card));
    await copyFile(fixture(onnx), join(folder, 'model.onnx'));
  }
  await writeFile(join(root, 'digits', 'labels.txt'), names.join('\n'));
  const free = ['--port', '0', '--grpc-port', '0', '--metrics-port', '0'];
  server = await startProcess(['--models', root, ...free, '--serving-threads', '2', '--ready-json']);
  await until(async () => server.stdout.length > 0);
  rest = JSON.parse(server.stdout[0]!).rest;
});
after(async () => {
  server.child.kill('SIGKILL');
  await server.child.exited;
  await rm(root, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly json: { results?: Record<string, unknown>[]; outputs?: unknown[]; error?: string; code?: string };
}

/** On a connection of its own, so that any serving thread may get it. */
function post(model: string, body: Uint8Array | string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${rest}/v2/models/${model}/infer`,
      { method: 'POST', agent: false, headers },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('end', () =>
          resolve({ status: answer.statusCode!, json: JSON.parse(Buffer.concat(parts).toString()) }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const photo = () => {
  const square = (r: number, b: number) =>
    ({ create: { width: 100, height: 100, channels: 3, background: { r, g: 0, b } } }) as const;
  return sharp({ create: { width: 400, height: 400, channels: 3, background: 'black' } }).composite([
    { input: square(255, 0), left: 50, top: 50 },
    { input: square(0, 230), left: 250, top: 200 },
  ]);
};

/** A vertical stroke, as the digits' pictures have it. */
const one = async () => {
  const row = [0, 0, 0, 140, 255, 60, 0, 0];
  const pixels = Uint8Array.from({ length: 64 }, (_, i) => row[i % 8]!);
  return sharp(pixels, { raw: { width: 8, height: 8, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
};

/** Nice values of a process's threads, by their names (proc(5), `/proc/PID/task/TID/stat`). */
async function niceOfThreads(pid: number): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => undefined);
    const [, name, rest] = /\((.*)\) (.*)/.exec(stat ?? '') ?? [];
    if (name !== undefined) found.set(name, [...(found.get(name) ?? []), Number(rest!.split(' ')[16])]);
  }
  return found;
}

describe('photos over REST, with two serving threads', () => {
  it('are answered in words', async () => {
    for (const format of ['jpeg', 'png', 'webp'] as const) {
      const body = await photo().toFormat(format).toBuffer();
      for (let i = 0; i < 4; i++) {
        const { status, json } = await post('squares', body, { 'content-type': `image/${format}` });
        assert.equal(status, 200, json.error);
        const seen = json.results![0]!.boxes as { label: string; box: object }[];
        assert.deepEqual(seen.map(({ label, box }) => [label, box]).sort(), [
          ['blue', { x: 250, y: 200, width: 100, height: 100 }],
          ['red', { x: 50, y: 50, width: 100, height: 100 }],
        ]);
      }
    }
  });

  it('are decoded behind what serves', { skip: process.platform !== 'linux' }, async () => {
    const body = await photo().jpeg().toBuffer();
    assert.equal((await post('squares', body, { 'content-type': 'image/jpeg' })).status, 200);
    const nice = await niceOfThreads(server.child.pid!);
    assert.deepEqual([...new Set(nice.get('libvips worker'))], [15]);
    assert.deepEqual([...new Set(nice.get('MainThread'))], [getPriority()]);
  });

  it('are inputs of an ordinary request, in base64 or as bytes', async () => {
    const png = await one();
    const input = { name: 'image', datatype: 'BYTES', shape: [1] };
    const text = { parameters: { results: true }, inputs: [{ ...input, data: [png.toString('base64')] }] };
    const first = await post('digits', JSON.stringify(text), { 'content-type': 'application/json' });
    assert.equal(first.status, 200, first.json.error);
    assert.deepEqual((first.json.results![0]!.probabilities as { label: string }[])[0]!.label, 'one');
    assert.equal(first.json.outputs!.length, 1);

    const length = Buffer.alloc(4);
    length.writeUInt32LE(png.length);
    const head = Buffer.from(
      JSON.stringify({
        inputs: [{ ...input, shape: [2, 1], parameters: { binary_data_size: 2 * (png.length + 4) } }],
        outputs: [{ name: 'probabilities', parameters: { classification: 1 } }],
      }),
    );
    const second = await post('digits', Buffer.concat([head, length, png, length, png]), {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(head.length),
    });
    assert.equal(second.status, 200, second.json.error);
    const [{ datatype, shape, data }] = second.json.outputs as [
      { datatype: string; shape: number[]; data: string[] },
    ];
    assert.deepEqual([datatype, shape], ['BYTES', [2, 1]]);
    for (const said of data) assert.match(said, /^[01]\.\d{6}:1:one$/);
  });

  it('are refused with a reason when they are none, are damaged or too large', async () => {
    const jpeg = await photo().jpeg().toBuffer();
    const refused = async (body: Uint8Array, status: number, code: string) => {
      const answer = await post('squares', body, { 'content-type': 'image/jpeg' });
      assert.deepEqual([answer.status, answer.json.code], [status, code], answer.json.error);
    };
    await refused(jpeg.subarray(0, jpeg.length - 50), 400, 'PictureInvalid');
    await refused(Buffer.from('GIF89a'), 415, 'UnsupportedMediaType');
    await refused(
      await sharp({ create: { width: 70_000, height: 1, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
      413,
      'PictureTooLarge',
    );
    const { status } = await post('squares', jpeg, { 'content-type': 'image/jpeg' });
    assert.equal(status, 200);
  });
});
