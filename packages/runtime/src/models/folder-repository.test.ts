import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isSkerryError, silentLogger } from '@skerry/kit';
import { nodePorts } from '@skerry/kit/node';
import { openOnnxEngine } from '../engines/onnx-engine.ts';
import { instancePool } from '../execution/instance-pool.ts';
import { folderRepository } from './folder-repository.ts';
import { startCoordinator } from './test-coordinator.ts';

const ports = nodePorts();
const engine = await openOnnxEngine();
const pool = instancePool({ ...ports, logger: silentLogger, onGivenUp() {} });
let lastId = 0;
const nextId = () => ++lastId;
const root = mkdtempSync(join(tmpdir(), 'skerry-repository-'));
after(() => {
  pool.stop();
  rmSync(root, { recursive: true });
});

const model = fileURLToPath(new URL('../../test/models/mlp_tiny.onnx', import.meta.url));
let folders = 0;

/** A repository with these versions of `mlp`, and a way to add more. */
async function start(versions: readonly number[], serving = '') {
  const path = join(root, String(++folders));
  const add = (version: number, name = 'mlp') => {
    mkdirSync(join(path, name, String(version)), { recursive: true });
    cpSync(model, join(path, name, String(version), 'model.onnx'));
  };
  for (const version of versions) add(version);
  const card = `apiVersion: skerry.dev/v1alpha1\nkind: Model\nmetadata: { name: mlp }\nspec:\n  serving: { ${serving} }\n`;
  if (serving !== '') writeFileSync(join(path, 'mlp', 'model.yaml'), card);
  const { models, versions: coordinator } = startCoordinator({ engine, pool, nextId });
  const repository = folderRepository({ ...ports, coordinator, logger: silentLogger, path });
  const serves = (name = 'mlp') =>
    [...(models.entries.get(name)?.versions ?? [])].map(([key, one]) => `${key}=${one.version}`);
  return { path, add, models, repository, serves, coordinator };
}

describe('versions of a model on the disk', () => {
  const policies: [string, readonly string[]][] = [
    ['', ['3=3']],
    ['versions: all', ['3=3', '2=2', '1=1']],
    ['versions: { latest: 2 }', ['3=3', '2=2']],
    ['versions: [1, 3]', ['3=3', '1=1']],
    ['versions: all, aliases: { champion: 2, absent: 9 }', ['3=3', '2=2', '1=1', 'champion=2']],
  ];
  for (const [policy, expected] of policies)
    it(`serve by the policy ${policy || 'of nothing said'}`, async () => {
      const { repository, serves, models } = await start([1, 2, 3], policy);
      await repository.open();
      assert.deepEqual(serves(), expected);
      assert.equal(models.find('mlp').version, '3');
    });

  it('are loaded and unloaded by name', async () => {
    const { repository, serves, add } = await start([1]);
    await repository.open();
    await repository.unload('mlp');
    assert.deepEqual(serves(), []);
    assert.deepEqual(await repository.unloaded(), [
      { name: 'mlp', state: 'UNAVAILABLE', reason: 'unloaded' },
    ]);
    add(2);
    for (let polls = 0; polls < 3; polls++) await repository.poll();
    assert.deepEqual(serves(), [], 'what was unloaded by hand stays so');
    await repository.load('mlp');
    assert.deepEqual(serves(), ['2=2']);
    await assert.rejects(repository.load('nothing'), (error) => isSkerryError(error, 'ModelNotFound'));
  });

  it('that fail leave the old one serving, and say why', async () => {
    const { repository, serves, path, models, add } = await start([1]);
    await repository.open();
    add(2);
    writeFileSync(join(path, 'mlp', '2', 'model.onnx'), 'no model');
    await assert.rejects(repository.load('mlp'), (error) => isSkerryError(error, 'ModelNotOnnx'));
    assert.deepEqual(serves(), ['1=1']);
    const { target } = models.entries.get('mlp')!;
    assert.deepEqual([target?.version, target?.phase, target?.reason], ['2', 'Failed', 'ModelNotOnnx']);
  });
});

describe('a repository that changes', () => {
  it('is followed: what is new loads, what is gone unloads', async () => {
    const { repository, serves, path, add } = await start([1]);
    await repository.open();
    await repository.poll();
    add(2);
    add(1, 'other');
    await repository.poll();
    assert.deepEqual([serves(), serves('other')], [['1=1'], []], 'seen once, it may still be written');
    await repository.poll();
    assert.deepEqual([serves(), serves('other')], [['2=2'], ['1=1']]);
    rmSync(join(path, 'mlp', '2'), { recursive: true });
    rmSync(join(path, 'other'), { recursive: true });
    for (let polls = 0; polls < 2; polls++) await repository.poll();
    assert.deepEqual([serves(), serves('other')], [['1=1'], []]);
    rmSync(join(path, 'mlp', '1'), { recursive: true });
    for (let polls = 0; polls < 2; polls++) await repository.poll();
    assert.deepEqual(serves(), [], 'the last one too');
  });

  it('waits for a file that grows', async () => {
    const { repository, serves, path, add } = await start([1]);
    await repository.open();
    add(2);
    const [file, whole] = [join(path, 'mlp', '2', 'model.onnx'), readFileSync(model)];
    writeFileSync(file, whole.subarray(0, 100));
    for (let at = 100; at < whole.length; at += Math.ceil(whole.length / 3)) {
      await repository.poll();
      appendFileSync(file, whole.subarray(at, at + Math.ceil(whole.length / 3)));
    }
    await repository.poll();
    assert.deepEqual(serves(), ['1=1']);
    await repository.poll();
    assert.deepEqual(serves(), ['2=2']);
  });

  it('is tried once with what fails, and again when it changes', async () => {
    const { repository, serves, path, add, coordinator } = await start([1]);
    await repository.open();
    add(2);
    const file = join(path, 'mlp', '2', 'model.onnx');
    writeFileSync(file, 'no model');
    for (let polls = 0; polls < 3; polls++) await repository.poll();
    assert.equal(coordinator.directory.get('mlp')?.target?.phase, 'Failed');
    cpSync(model, file);
    for (let polls = 0; polls < 2; polls++) await repository.poll();
    assert.deepEqual(serves(), ['2=2']);
    assert.equal(coordinator.directory.get('mlp')?.target, undefined);
  });

  it('may vanish, and what serves goes on', async () => {
    const { repository, serves, path } = await start([1]);
    await repository.open();
    rmSync(path, { recursive: true });
    for (let polls = 0; polls < 3; polls++) await repository.poll();
    assert.deepEqual(serves(), ['1=1']);
  });
});

describe('the memory budget', () => {
  it('refuses a model before it is opened, with the sum', async () => {
    const { versions } = startCoordinator({ engine, pool, nextId, budget: 1_000 });
    const wanted = { name: 'mlp', version: '1', digest: '', stamp: '', path: model };
    await assert.rejects(
      versions.serve('mlp', [wanted]),
      (error: Error) =>
        isSkerryError(error, 'MemoryBudgetExceeded') &&
        /needs about .* MiB \(1 × 2 × its .* MiB on the disk\); with the 0 MiB in use that is .*, over the budget/.test(
          error.message,
        ),
    );
    assert.equal(versions.directory.get('mlp')?.target?.reason, 'MemoryBudgetExceeded');
  });
});
