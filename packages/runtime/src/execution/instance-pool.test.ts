import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isSkerryError } from '@skerry/kit';
import { nodeClock } from '@skerry/kit/node';
import { sumStats } from '../metrics/model-stats.ts';
import { restWire } from '../serving/rest/rest-wire.ts';
import type { Tensor } from '../tensors/tensor.ts';
import { until } from '../until.ts';
import { testPool } from './test-pool.ts';

const { pool, open } = testPool();
after(() => pool.stop());

const index = (row: number): Tensor => ({
  datatype: 'INT64',
  shape: [1],
  data: BigInt64Array.of(BigInt(row)),
});

test('a request goes to another thread as its bytes, and comes back answered', async () => {
  const { remote, version, close } = await open('models/digits_cnn.onnx');
  const data = new Array(64).fill(0.5);
  const json = { inputs: [{ name: 'image', shape: [1, 1, 8, 8], datatype: 'FP32', data }] };
  const text = await new Promise<string>((resolve, reject) => {
    remote.submit({
      wire: restWire,
      body: { bytes: Buffer.from(JSON.stringify(json)), headerLength: undefined, media: 'application/json' },
      done: (error, answer) => (error ? reject(error as Error) : resolve(answer!.text)),
    });
  });
  assert.equal(JSON.parse(text).outputs[0].data.length, 10);
  assert.equal(remote.pending, 0);
  await close();
  assert.equal(sumStats(version.stats).request.count, 1);
});

test('gives the memory of a large body back with the answer', async () => {
  const { remote, close } = await open('models/digits_cnn.onnx');
  const rows = 400;
  const [size, jsonLength] = [rows * 64 * 4, 150];
  const input = { name: 'image', shape: [rows, 1, 8, 8], datatype: 'FP32' };
  const submit = (memory: ArrayBuffer, size: number) => {
    const bytes = Buffer.from(memory, 0, jsonLength + rows * 256);
    bytes.write(
      JSON.stringify({ inputs: [{ ...input, parameters: { binary_data_size: size } }] }).padEnd(jsonLength),
    );
    return new Promise<readonly [error: unknown, memory: ArrayBuffer]>((resolve) => {
      let back: ArrayBuffer | undefined;
      remote.submit({
        wire: restWire,
        body: { bytes, headerLength: jsonLength, media: '' },
        handBack: (memory) => {
          back = memory;
        },
        done: (error) => resolve([error, back!]),
      });
    });
  };
  const first = new ArrayBuffer(jsonLength + size + 8);
  const [error, memory] = await submit(first, size);
  assert.equal(error, undefined);
  assert.deepEqual([first.byteLength, memory.byteLength], [0, jsonLength + size + 8]);
  const [refused, again] = await submit(memory, size - 4);
  assert.ok(isSkerryError(refused, 'InvalidRequest') || isSkerryError(refused, 'InvalidTensor'));
  assert.equal(again, undefined);
  await close();
});

test('a model that cannot be opened leaves nothing behind', async () => {
  await assert.rejects(open('fixtures/unknown_operator.onnx'), (error) =>
    isSkerryError(error, 'ModelOperatorUnsupported'),
  );
  const { run, close } = await open('fixtures/lookup.onnx');
  assert.deepEqual([...((await run(index(1))) as Float32Array)], [2, 3]);
  await close();
});

test('measures what it opens', async () => {
  const { version, close } = await open('models/digits_cnn.onnx');
  const { loadMs, callP50Us, callP99Us } = version.opened;
  assert.ok(loadMs > 0 && callP50Us! > 0 && callP99Us! >= callP50Us!);
  assert.ok((await version.reload()) > 0);
  await close();
});

test('rows run together only in a model that does not mix them', async () => {
  const [apart, mixed, fixed] = [
    await open('models/digits_cnn.onnx', { maxBatch: 4 }),
    await open('fixtures/centred.onnx', { maxBatch: 4 }),
    await open('fixtures/scalars.onnx', { maxBatch: 4 }),
  ];
  assert.deepEqual(
    [apart, mixed, fixed].map(({ version }) => version.opened.maxBatch),
    [4, 1, 1],
  );
  for (const { close } of [apart, mixed, fixed]) await close();
});

test('instances of a version are on threads of their own, as far as there are any', async () => {
  const { version, run, close } = await open('fixtures/lookup.onnx');
  await version.grow();
  assert.equal(version.instances, 2);
  const answers = await Promise.all([0, 1, 2, 3, 0, 1].map((row) => run(index(row))));
  assert.deepEqual(
    answers.map((row) => (row as Float32Array)[0]),
    [0, 2, 4, 6, 0, 2],
  );
  await assert.rejects(
    async () => {
      for (let i = 0; i < 1000; i++) await version.grow();
    },
    (error) => isSkerryError(error, 'Unavailable'),
  );
  await close();
});

test('what a version on a thread that dies was asked is answered, and the next is served again', async () => {
  const { version, run, close } = await open('fixtures/lookup.onnx');
  const beside = await open('models/digits_cnn.onnx');
  let break_ = () => {};
  let losses = 0;
  const stop = version.connect((change) => {
    // What no serving thread sends: nothing there catches it.
    if (change.type === 'added') break_ = () => change.link.port.postMessage(null);
    else losses++;
  });
  const answers = [0, 1, 2].map((row) => run(index(row)).then(() => 'served', codeOf));
  break_();
  const later = [0, 1, 2].map((row) => run(index(row)).then(() => 'served', codeOf));
  for (const answer of await Promise.all([...answers, ...later]))
    assert.ok(answer === 'served' || answer === 'InstanceLost', String(answer));
  await until(() => losses === 1 && version.instances === 1 && beside.version.instances === 1);
  assert.deepEqual([...((await run(index(3))) as Float32Array)], [6, 7]);
  stop();
  await close();
  await beside.close();
});

test('a thread that nothing is left on ends, and gives its memory back', async () => {
  const real = nodeClock();
  const hurried = { ...real, timer: (ms: number, fn: () => void) => real.timer(ms / 100, fn) };
  const { pool, open } = testPool({ clock: hurried, hungAfterMs: Number.POSITIVE_INFINITY });
  after(() => pool.stop());
  const { close, run } = await open('fixtures/lookup.onnx');
  await run(index(1));
  assert.equal(pool.threads, 1);
  await close();
  await until(() => pool.threads === 0 && pool.abandoned === 0);
  const again = await open('fixtures/lookup.onnx');
  assert.deepEqual([...((await again.run(index(1))) as Float32Array)], [2, 3]);
  await again.close();
});

test('a call that does not come back loses its thread, is replaced, and given up the second time', async () => {
  const child = fileURLToPath(new URL('./test-hang.ts', import.meta.url));
  const told = await new Promise<string>((resolve) => {
    execFile(process.execPath, ['--conditions=source', child], { timeout: 60_000 }, (_, out) => resolve(out));
  });
  const [beforeIt, first, afterIt, given, abandoned, second, ...last] = JSON.parse(told);
  assert.deepEqual([beforeIt, first, afterIt], [[3], 'InstanceLost', [4]]);
  assert.deepEqual([given, abandoned, second], [0, 1, 'InstanceLost']);
  assert.deepEqual(last, [['fixtures/loop.onnx'], 2, 1, [1]]);
});

const codeOf = (error: unknown) => isSkerryError(error) && error.code;
