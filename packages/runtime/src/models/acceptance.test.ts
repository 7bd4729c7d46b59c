import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isSkerryError, silentLogger } from '@skerry/kit';
import { nodePorts } from '@skerry/kit/node';
import { openOnnxEngine } from '../engines/onnx-engine.ts';
import { instancePool } from '../execution/instance-pool.ts';
import { until } from '../until.ts';
import { type Accept, acceptInChild } from './accept.ts';
import type { ModelId } from './served-model.ts';
import { startCoordinator } from './test-coordinator.ts';

const isLinux = process.platform === 'linux';
const ports = nodePorts();
const engine = await openOnnxEngine();
const root = mkdtempSync(join(tmpdir(), 'skerry-accept-'));
after(() => rmSync(root, { recursive: true }));

const example = fileURLToPath(new URL('../../../../examples/meter-reading/model', import.meta.url));
const childFile = fileURLToPath(new URL('./acceptance-child.ts', import.meta.url));
const child = [process.execPath, '--conditions=source', childFile] as const;
const accept = acceptInChild({
  ...ports,
  logger: silentLogger,
  child,
  deadlineMs: 30_000,
  signal: new AbortController().signal,
});

const pool = instancePool({ ...ports, logger: silentLogger, onGivenUp() {} });
let lastId = 0;
const nextId = () => ++lastId;
after(() => pool.stop());

/** A copy of the example's model, with one of its files changed. */
function changed(name: string, file: string, change: (text: string) => string): string {
  const folder = join(root, name);
  cpSync(example, folder, { recursive: true });
  writeFileSync(join(folder, file), change(readFileSync(join(folder, file), 'utf8')));
  return folder;
}

function start(acceptance = accept) {
  const { models, versions } = startCoordinator({ engine, pool, nextId, accept: acceptance });
  const load = ({ name, ...id }: ModelId, path: string) =>
    versions.serve(name, [{ name, ...id, path, stamp: '' }]);
  return { models, load, unload: versions.unload };
}

/** Asks no child about one version, to save its time. */
const trusting =
  (trusted: string): Accept =>
  async (path, digest) =>
    digest === trusted ? { accepted: true, cases: 0 } : accept(path, digest);

const id = (version: string) => ({ name: 'digits', version, digest: `sha256:${version}` });

describe('a version on its way in', () => {
  it('serves once all its cases passed', async () => {
    const { models, load } = start();
    await load(id('1'), example);
    assert.equal(models.find('digits').version, '1');
    assert.equal(models.entries.get('digits')?.target, undefined);
  });

  const refusals: [string, string, (text: string) => string, string, RegExp][] = [
    [
      'another label',
      'acceptance/seven-01.json',
      (text) => text.replace(/"label": *"7"/, '"label":"1"'),
      'AcceptanceFailed',
      /^case seven-01: got 7 \(1\.00\), expected 1; 11 of 12 passed$/,
    ],
    [
      'another output',
      'acceptance/zero-01.json',
      (text) => text.replace(/"probabilities":\s*\[\s*\[\s*[^,]+/, '"probabilities":[[0.5'),
      'AcceptanceFailed',
      /^case zero-01: probabilities, element 0: got .*, expected .* ± 0\.01; 11 of 12 passed$/,
    ],
    [
      'a budget that nothing meets',
      'model.yaml',
      (text) => text.replace('50ms', '0ms'),
      'AcceptanceTooSlow',
      /99th percentile of a call is .* ms, the budget 0 ms/,
    ],
    [
      'an input of another name',
      'acceptance/one-01.json',
      (text) => text.replace('"image"', '"picture"'),
      'InvalidFile',
      /case one-01 lacks the input image/,
    ],
    [
      'a case without expectations',
      'acceptance/one-01.json',
      (text) => text.replace(/,\s*"outputs".*/s, '}'),
      'InvalidFile',
      /case one-01\.json: .*what to expect/s,
    ],
    [
      'cases that are not there',
      'model.yaml',
      (text) => text.replace('acceptance/*', 'cases/*'),
      'InvalidFile',
      /cases\/\*\.json, which no file fits/,
    ],
    [
      'too few labels',
      'model.yaml',
      (text) => text.replace('"0", ', ''),
      'InvalidFile',
      /9 labels, but the model gives 10 scores/,
    ],
    [
      'an input that the file lacks',
      'model.yaml',
      (text) => text.replace('image: {', 'picture: {'),
      'InvalidFile',
      /spec\.inputs has picture, but the model's inputs are image/,
    ],
    [
      'weights that are cut off',
      'digits_cnn.onnx',
      (text) => text.slice(0, 1000),
      'ModelNotOnnx',
      /is not an ONNX model, or is cut off/,
    ],
  ];
  for (const [what, file, change, code, words] of refusals)
    it(`is refused for ${what}, and the one before goes on serving`, async () => {
      const { models, load } = start(trusting('sha256:1'));
      await load(id('1'), example);
      const bad = load(id('2'), changed(what, file, change));
      await assert.rejects(bad, (error: Error) => isSkerryError(error, code) && words.test(error.message));
      assert.equal(models.find('digits').version, '1');
      const { target } = models.entries.get('digits')!;
      assert.equal(target?.phase, code === 'AcceptanceFailed' ? 'Refused' : 'Failed');
      assert.equal(target?.reason, code);
      assert.throws(
        () => models.find('digits', '2'),
        (error) => isSkerryError(error, 'ModelNotReady'),
      );
    });

  it('says how fast a refused version was', async () => {
    const { models, load } = start();
    const slow = changed('slow', 'model.yaml', (text) => text.replace('50ms', '0ms'));
    await load(id('2'), slow).catch(() => {});
    const { p50Us = 0, p99Us = 0 } = models.entries.get('digits')?.target ?? {};
    assert.ok(p50Us > 0 && p99Us >= p50Us);
  });

  it('is refused when its process crashes, and not for good when that hangs or is killed', async () => {
    const run = (script: string, deadlineMs: number) =>
      start(
        acceptInChild({
          ...ports,
          logger: silentLogger,
          child: [process.execPath, '-e', script],
          deadlineMs,
          signal: new AbortController().signal,
        }),
      );
    const crashed = run('process.kill(process.pid, "SIGSEGV")', 30_000).load(id('1'), example);
    await assert.rejects(crashed, { code: 'AcceptanceFailed', message: /the process was ended by SIGSEGV/ });
    const ended = run('console.error("Error: no memory"); process.exit(3)', 30_000).load(id('1'), example);
    await assert.rejects(ended, /the process ended with code 3: Error: no memory/);
    const hung = run('setInterval(() => {}, 1000)', 200).load(id('1'), example);
    const unfinished = 'AcceptanceUnfinished';
    await assert.rejects(hung, { code: unfinished, message: /they took longer than 200 ms/ });
    const killed = run('process.kill(process.pid, "SIGKILL")', 30_000).load(id('1'), example);
    await assert.rejects(killed, { code: unfinished, message: /was killed.*memory runs out/ });
  });

  it('is tried in the process that Linux is to end first where memory runs out', {
    skip: !isLinux,
  }, async () => {
    const [program, ...args] = child;
    const waiting = spawn(program, args, { stdio: ['pipe', 'ignore', 'inherit'] });
    await until(() => readFileSync(`/proc/${waiting.pid}/oom_score_adj`, 'utf8').trim() === '1000');
    waiting.kill();
    await once(waiting, 'exit');
  });

  it('is not to blame when the runtime stops, and its process is ended', async () => {
    const stopping = new AbortController();
    const hang = [process.execPath, '-e', 'setInterval(() => {}, 1000)'] as const;
    const stopped = acceptInChild({
      ...ports,
      logger: silentLogger,
      child: hang,
      deadlineMs: 30_000,
      signal: stopping.signal,
    })(example, '');
    stopping.abort(new Error('stopping'));
    await assert.rejects(stopped, /stopping/);
  });

  it('is loaded once, however often it is asked for, and gone when unloaded', async () => {
    let children = 0;
    const { models, load, unload } = start((path, digest) => {
      children++;
      return accept(path, digest);
    });
    await Promise.all([load(id('1'), example), load(id('1'), example)]);
    assert.equal(models.find('digits').version, '1');
    assert.equal(children, 1);
    await unload('digits');
    assert.throws(
      () => models.find('digits'),
      (error) => isSkerryError(error, 'ModelNotFound'),
    );
    await assert.rejects(unload('digits'), (error) => isSkerryError(error, 'ModelNotFound'));
  });
});
