import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { digestOf } from '@skerry/contracts';
import { nodeDisk } from '@skerry/kit/node';
import { collectModel } from './collect.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const exported = join(root, 'packages/runtime/test/fixtures');
const digits = join(root, 'examples/meter-reading/model');
const disk = nodeDisk();
const folders: string[] = [];

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'skerry-collect-'));
  folders.push(path);
  return path;
}
after(() => Promise.all(folders.map((path) => rm(path, { recursive: true }))));

async function folderWith(card: string): Promise<string> {
  const path = await folder();
  await copyFile(join(digits, 'digits_cnn.onnx'), join(path, 'digits_cnn.onnx'));
  await writeFile(join(path, 'model.yaml'), card);
  return path;
}
const cardOf = (spec: string) =>
  `apiVersion: skerry.dev/v1alpha1\nkind: Model\nmetadata: { name: digits }\nspec:\n${spec}\n`;

test('a folder travels whole: weights, model.yaml and the cases that it names, with their digests', async () => {
  const { name, license, files, warnings } = await collectModel(disk, digits);
  assert.deepEqual([name, license, warnings], ['digits', 'CC-BY-4.0', []]);
  const paths = files.map(({ path }) => path);
  assert.deepEqual(paths.slice(0, 3), ['digits_cnn.onnx', 'model.yaml', 'acceptance/eight-01.json']);
  assert.ok(!paths.includes('README.md'));
  for (const { path, digest, size } of files) {
    const content = await readFile(join(digits, path));
    assert.deepEqual([digest, size], [digestOf(content), content.length], path);
  }
});

test('files with labels travel along, and are missed when they are not there', async () => {
  const path = await folderWith(
    cardOf('  outputs: { probabilities: { classification: { labelsFile: labels.txt } } }'),
  );
  await assert.rejects(collectModel(disk, path), {
    code: 'InvalidFile',
    message: /:\d+:\d+: labels\.txt is not in/,
  });
  await writeFile(join(path, 'labels.txt'), '0\n1\n');
  const { files } = await collectModel(disk, path);
  assert.deepEqual(
    files.map((file) => file.path),
    ['digits_cnn.onnx', 'model.yaml', 'labels.txt'],
  );
});

test('a file alone gets its name from its own, whatever that is', async () => {
  const path = join(await folder(), 'My Digits_v2.onnx');
  await copyFile(join(digits, 'digits_cnn.onnx'), path);
  const { name, files } = await collectModel(disk, path);
  assert.deepEqual([name, files.map((file) => file.path)], ['my-digits-v2', ['model.onnx']]);
});

test('external data travels along, and is missed when it is not there', async () => {
  const { files } = await collectModel(disk, join(exported, 'external.onnx'));
  assert.deepEqual(
    files.map(({ path }) => path),
    ['external.onnx', 'external.onnx.data'],
  );
  const lonely = join(await folder(), 'external.onnx');
  await copyFile(join(exported, 'external.onnx'), lonely);
  await assert.rejects(collectModel(disk, lonely), {
    code: 'ModelDataMissing',
    detail: /external\.onnx\.data/,
  });
});

test('an output that is no tensor is warned of, with the export option', async () => {
  const { warnings } = await collectModel(disk, join(exported, 'iris_zipmap.onnx'));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /“output_probability”.*zipmap/);
});

test('what is no ONNX file, or was cut, is refused before anything is uploaded', async () => {
  await assert.rejects(collectModel(disk, join(digits, 'model.yaml')), { code: 'ModelNotOnnx' });
  const cut = join(await folder(), 'cut.onnx');
  await copyFile(join(digits, 'digits_cnn.onnx'), cut);
  await truncate(cut, 100_000);
  await assert.rejects(collectModel(disk, cut), { code: 'ModelNotOnnx', detail: /ends in the middle/ });
  await assert.rejects(collectModel(disk, join(cut, '..', 'gone.onnx')), { code: 'FileNotFound' });
});

test('a mistake in model.yaml is told with line, column and the nearest right spelling', async () => {
  for (const [spec, where] of [
    ['  licence: MIT', /model\.yaml:5:3: .*"license"/],
    ['  inputs: { imgae: { scale: 1 } }', /model\.yaml:5:20: .*did you mean "image"/],
    ['  acceptance: { cases: nothing/*.json }', /model\.yaml:5:24: .*no file fits/],
  ] as const)
    await assert.rejects(collectModel(disk, await folderWith(cardOf(spec))), {
      code: 'InvalidFile',
      detail: where,
    });
});

test('a case that expects nothing, or is no JSON, is refused', async () => {
  for (const content of ['{"inputs":{}}', '{']) {
    const path = await folderWith(cardOf('  acceptance: { cases: cases/*.json }'));
    await mkdir(join(path, 'cases'));
    await writeFile(join(path, 'cases', 'one.json'), content);
    await assert.rejects(collectModel(disk, path), { code: 'InvalidFile', detail: /cases\/one\.json/ });
  }
});

test('a folder with several models needs a word on which', async () => {
  const path = await folder();
  for (const name of ['a.onnx', 'b.onnx']) await copyFile(join(digits, 'digits_cnn.onnx'), join(path, name));
  await assert.rejects(collectModel(disk, path), { code: 'BadUsage', detail: /a\.onnx, b\.onnx/ });
});
