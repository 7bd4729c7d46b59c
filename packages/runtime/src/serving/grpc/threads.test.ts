import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { startProcess } from '../../test-process.ts';
import { until } from '../../until.ts';
import type { Message } from './schema/codec.ts';
import { inferenceSchema } from './schema/inference.ts';
import { testClient } from './test-client.ts';
import { fixture } from './test-models.ts';

/** A repository on disk: one model that runs on the thread that reads, one on a thread of its own. */
const root = mkdtempSync(join(tmpdir(), 'skerry-grpc-'));
for (const [name, file, execution] of [
  ['quick', 'mlp_tiny', 'inline'],
  ['slow', 'digits_cnn', 'instance'],
] as const) {
  const folder = join(root, name, '1');
  mkdirSync(folder, { recursive: true });
  copyFileSync(fixture(`models/${file}.onnx`), join(folder, 'model.onnx'));
  const head = `apiVersion: skerry.dev/v1alpha1\nkind: Model\nmetadata: { name: ${name} }`;
  writeFileSync(join(folder, 'model.yaml'), `${head}\nspec: { serving: { execution: ${execution} } }\n`);
}

const free = ['--port', '0', '--grpc-port', '0', '--metrics-port', '0'];
const { child, stdout, stderr } = await startProcess([
  ...['--models', root, '--serving-threads', '2', '--ready-json', '--log-level', 'error'],
  ...free,
]);
after(async () => {
  child.kill('SIGTERM');
  await child.exited;
  rmSync(root, { recursive: true });
});
await until(() => stdout.length > 0 || stderr.length > 0);
assert.deepEqual(stderr, []);
const { grpc } = JSON.parse(stdout[0]!) as { grpc: string };
const port = Number(grpc.split(':').at(-1));

// A connection of its own a call, so that each serving thread gets some.
const call = async (method: string, request: Message, deadlineMs?: number) => {
  const one = testClient(inferenceSchema, port, deadlineMs === undefined ? {} : { deadlineMs });
  const answer = await one.call(method, request);
  one.client.close();
  if ('error' in answer) throw answer.error;
  return answer.message;
};
const quick: Message = {
  model_name: 'quick',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 16] }],
  raw_input_contents: [Buffer.alloc(64)],
};
const slow = (rows: number): Message => ({
  model_name: 'slow',
  inputs: [{ name: 'image', datatype: 'FP32', shape: [rows, 1, 8, 8] }],
  raw_input_contents: [Buffer.alloc(rows * 256)],
});
const times = <T>(count: number, make: () => Promise<T>) => Promise.all(Array.from({ length: count }, make));

describe('two serving threads', () => {
  it('answer alike, whichever a connection comes to, inline and by an instance', async () => {
    for (const request of [quick, slow(1), slow(40)]) {
      const answers = await times(8, () => call('ModelInfer', request));
      for (const { raw_output_contents } of answers)
        assert.deepEqual(raw_output_contents, answers[0]!.raw_output_contents);
    }
  });

  it('count together', async () => {
    await until(async () => {
      const { model_stats } = await call('ModelStatistics', { name: 'quick' });
      return (model_stats as Message[])[0]!.inference_count === 8;
    });
  });

  it('end a call at its deadline', async () => {
    const late = () =>
      call('ModelInfer', slow(4_000), 1).then(
        () => 0,
        ({ code }: { code: number }) => code,
      );
    for (const code of await times(8, late)) assert.ok(code === 4 || code === 14, `${code}`);
    await call('ModelInfer', slow(1));
  });

  it('load and unload for all', async () => {
    await call('RepositoryModelUnload', { model_name: 'quick' });
    for (const { ready } of await times(8, () => call('ModelReady', { name: 'quick' })))
      assert.equal(ready, false);
    await call('RepositoryModelLoad', { model_name: 'quick' });
    for (const { ready } of await times(8, () => call('ModelReady', { name: 'quick' })))
      assert.equal(ready, true);
    const { models } = await call('RepositoryIndex', { ready: true });
    assert.deepEqual((models as Message[]).map(({ name, state }) => [name, state]).sort(), [
      ['quick', 'READY'],
      ['slow', 'READY'],
    ]);
    const parameters = new Map([['config', { string_param: '{}' }]]);
    await assert.rejects(call('RepositoryModelLoad', { model_name: 'quick', parameters }), { code: 3 });
  });

  it('tell the configuration', async () => {
    const { config } = await call('ModelConfig', { name: 'slow' });
    const { name, platform, input } = config as { name: string; platform: string; input: Message[] };
    assert.deepEqual([name, platform], ['slow', 'onnxruntime_onnx']);
    assert.deepEqual(
      [input[0]!.name, input[0]!.data_type, input[0]!.dims],
      ['image', 'TYPE_FP32', [1, 8, 8]],
    );
  });
});
