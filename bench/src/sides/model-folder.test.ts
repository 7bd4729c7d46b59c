import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { mlp } from '../serving/cases.ts';
import { modelFolder } from './model-folder.ts';

test('a repository in Triton’s layout, that goes with its user', async () => {
  const folder = await modelFolder(mlp, { ...mlp, name: 'other_one', serving: { instances: 1 } });
  await folder.add({ ...mlp, version: 2 });
  const file = await readFile(join(folder.path, 'mlp_tiny/2/model.onnx'));
  assert.deepEqual(file, await readFile(mlp.file));
  await folder.removeVersion('mlp_tiny', 1);
  assert.deepEqual(await readdir(join(folder.path, 'mlp_tiny')), ['2']);
  const card = JSON.parse(await readFile(join(folder.path, 'other_one/model.yaml'), 'utf8'));
  assert.deepEqual([card.metadata.name, card.spec.serving], ['other-one', { instances: 1 }]);
  await folder[Symbol.asyncDispose]();
  assert.equal(existsSync(folder.path), false);
});
