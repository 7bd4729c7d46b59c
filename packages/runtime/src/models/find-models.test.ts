import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSkerryError } from '@skerry/kit';
import { memoryDisk } from '@skerry/kit/testing';
import { findModels } from './find-models.ts';
import { findModelFiles } from './model-files.ts';

const card = (more: string) =>
  `apiVersion: skerry.dev/v1alpha1\nkind: Model\nmetadata: { name: meter }\nspec: {${more}}\n`;

async function diskWith(files: Record<string, string>) {
  const disk = memoryDisk();
  for (const [path, text] of Object.entries(files)) {
    await disk.makeFolder(path.slice(0, path.lastIndexOf('/')));
    await disk.writeAtomic(path, text);
  }
  return disk;
}

const refuses = (code: string, words: RegExp) => (error: unknown) =>
  isSkerryError(error, code) && words.test(error.message);

describe('models at a path', () => {
  it('finds files, folders and versions, the highest first', async () => {
    const disk = await diskWith({
      '/m/a.onnx': '',
      '/m/a.onnx.data': '',
      '/m/b/model.onnx': '',
      '/m/c/1/model.onnx': '',
      '/m/c/10/model.onnx': '',
      '/m/c/9/model.onnx': '',
      '/m/notes/readme.txt': '',
    });
    assert.deepEqual(await findModels(disk, '/m'), [
      { name: 'a', versions: [{ version: '1', path: '/m/a.onnx' }] },
      { name: 'b', versions: [{ version: '1', path: '/m/b' }] },
      { name: 'c', versions: ['10', '9', '1'].map((version) => ({ version, path: `/m/c/${version}` })) },
    ]);
  });

  it('takes a single file, and calls model.onnx by its folder', async () => {
    const disk = await diskWith({ '/m/resnet/model.onnx': '', '/m/x.onnx': '' });
    assert.deepEqual(await findModels(disk, '/m/x.onnx'), [
      { name: 'x', versions: [{ version: '1', path: '/m/x.onnx' }] },
    ]);
    assert.deepEqual(await findModels(disk, '/m/resnet'), [
      { name: 'resnet', versions: [{ version: '1', path: '/m/resnet/model.onnx' }] },
    ]);
  });

  it('takes a folder with a model.yaml as one model, named by it', async () => {
    const disk = await diskWith({ '/m/model.yaml': card('file: b.onnx'), '/m/a.onnx': '', '/m/b.onnx': '' });
    assert.deepEqual(await findModels(disk, '/m'), [
      { name: 'meter', versions: [{ version: '1', path: '/m' }] },
    ]);
    assert.equal((await findModelFiles(disk, '/m')).onnx, '/m/b.onnx');
  });

  it('says what is missing', async () => {
    const disk = await diskWith({ '/m/readme.txt': '' });
    await assert.rejects(findModels(disk, '/n'), refuses('FileNotFound', /nothing at \/n/));
    await assert.rejects(findModels(disk, '/m'), refuses('ModelDataMissing', /no model in \/m/));
  });
});

describe('the parts of a model', () => {
  it('applies a model.yaml to the file it names alone', async () => {
    const disk = await diskWith({
      '/m/model.yaml': card('file: b.onnx, license: MIT'),
      '/m/a.onnx': '',
      '/m/b.onnx': '',
    });
    assert.equal((await findModelFiles(disk, '/m/b.onnx')).spec.license, 'MIT');
    assert.equal((await findModelFiles(disk, '/m/a.onnx')).spec.license, undefined);
  });

  it('refuses an unknown key with its place and the right spelling', async () => {
    const disk = await diskWith({ '/m/model.yaml': card('licence: MIT'), '/m/a.onnx': '' });
    await assert.rejects(findModelFiles(disk, '/m'), (error: Error) =>
      /model\.yaml:4:\d+.*licence.*license/s.test(error.message),
    );
  });

  it('asks which file is meant where there are several', async () => {
    const disk = await diskWith({ '/m/a.onnx': '', '/m/b.onnx': '' });
    await assert.rejects(
      findModelFiles(disk, '/m'),
      refuses('ModelDataMissing', /a\.onnx, b\.onnx; say which/),
    );
    const named = await diskWith({ '/m/model.yaml': card('file: c.onnx'), '/m/a.onnx': '' });
    await assert.rejects(findModelFiles(named, '/m'), refuses('ModelDataMissing', /names c\.onnx/));
  });
});
