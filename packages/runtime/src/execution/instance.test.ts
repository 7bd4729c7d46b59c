import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import fc from 'fast-check';
import type { Tensor } from '../tensors/tensor.ts';
import { until } from '../until.ts';
import type { FromInstance } from './protocol.ts';
import { testInstance } from './test-instance.ts';

const index = (...rows: number[]): Tensor[] => [
  { datatype: 'INT64', shape: [rows.length], data: BigInt64Array.from(rows, BigInt) },
];
const bodyOf = (row: number, parameters = {}) => ({
  inputs: [{ name: 'index', shape: [1], datatype: 'INT64', data: [row] }],
  parameters,
});
const dataOf = (message: FromInstance) => {
  assert.ok('outputs' in message, JSON.stringify(message));
  return [...(message.outputs[0]!.data as Float32Array)];
};
const codeOf = (message: FromInstance) => 'error' in message && message.error.code;
const LOOKUP = 'fixtures/lookup.onnx';

const act = fc.oneof(
  { weight: 4, arbitrary: fc.record({ rows: fc.array(fc.constantFrom(0, 1, 2, 3, 9), { maxLength: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ cancels: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.constant({ waits: true as const }) },
);

test('every job gets one answer, its own, whatever it is batched with and whoever leaves', async () => {
  const { instance } = await testInstance(LOOKUP, 4);
  const property = fc.asyncProperty(fc.array(act, { maxLength: 30 }), async (acts) => {
    const { port1, port2 } = new MessageChannel();
    instance.connect(port1);
    const answers: FromInstance[] = [];
    port2.on('message', (message) => answers.push(message));
    const sent: number[][] = [];
    const cancelled = new Set<number>();
    for (const it of acts) {
      if ('rows' in it) {
        const what = { kind: 'tensors', feeds: index(...it.rows), wanted: ['row'] };
        port2.postMessage({ type: 'job', id: sent.length, since: 0, arrived: 0, what });
        sent.push(it.rows);
      } else if ('cancels' in it) {
        port2.postMessage({ type: 'cancel', id: it.cancels });
        cancelled.add(it.cancels);
      } else await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => answers.length >= sent.length);
    assert.deepEqual(
      answers.map(({ id }) => id).sort((a, b) => a - b),
      [...sent.keys()],
    );
    for (const answer of answers) {
      const rows = sent[answer.id]!;
      if (rows.includes(9)) assert.ok(['InferenceFailed', 'Interrupted'].includes(String(codeOf(answer))));
      else if (!cancelled.has(answer.id) || 'outputs' in answer)
        assert.deepEqual(
          dataOf(answer),
          rows.flatMap((row) => [2 * row, 2 * row + 1]),
        );
    }
    port2.close();
  });
  await fc.assert(property, { numRuns: 40 });
});

test('what has gathered runs together, and each gets its own rows', async () => {
  const { tensors, stats } = await testInstance(LOOKUP, 4);
  const asked = [[0], [1], [2, 3], [3], [1], [2]];
  const answers = await Promise.all(asked.map((rows) => tensors(index(...rows)).answer));
  assert.deepEqual(
    answers.map(dataOf),
    asked.map((rows) => rows.flatMap((row) => [2 * row, 2 * row + 1])),
  );
  assert.deepEqual(
    stats.batches.map(({ rows, calls }) => [rows, calls]),
    [
      [3, 1],
      [4, 1],
    ],
  );
});

test('a request that has more rows than a batch runs alone', async () => {
  const { tensors, stats } = await testInstance(LOOKUP, 2);
  await Promise.all([tensors(index(0, 1, 2)).answer, tensors(index(1)).answer]);
  assert.deepEqual(
    stats.batches.map(({ rows }) => rows),
    [1, 3],
  );
});

test('an input that fails does not fail those it was batched with', async () => {
  const { tensors } = await testInstance(LOOKUP, 4);
  const [good, bad, other] = [index(1), index(9), index(2)].map((feeds) => tensors(feeds).answer);
  assert.equal(codeOf(await bad!), 'InferenceFailed');
  assert.deepEqual(
    [dataOf(await good!), dataOf(await other!)],
    [
      [2, 3],
      [4, 5],
    ],
  );
});

test('a higher priority goes first, among equals who came first', async () => {
  const { body } = await testInstance(LOOKUP);
  const order: string[] = [];
  const sent = [
    ['later', 9],
    ['first', 0],
    ['second', 0],
    ['urgent', 1],
  ] as const;
  const answers = sent.map(([name, priority]) =>
    body(bodyOf(1, { priority })).answer.then(() => order.push(name)),
  );
  await Promise.all(answers);
  assert.deepEqual(order, ['urgent', 'first', 'second', 'later']);
});

test('what waits for longer than its timeout is not run', async () => {
  const { body, stats } = await testInstance(LOOKUP);
  assert.equal(codeOf(await body(bodyOf(1, { timeout: 1 })).answer), 'InferenceTimeout');
  assert.deepEqual([stats.inferences, stats.failures.REJECTED], [0, 1]);
});

test('what is taken back in time is not run, and answered all the same', async () => {
  const { tensors, stats } = await testInstance(LOOKUP);
  const { answer, cancel } = tensors(index(1));
  cancel();
  assert.equal(codeOf(await answer), 'Interrupted');
  cancel();
  assert.equal(stats.inferences, 0);
});

test('a body that cannot be read is answered with what is wrong with it', async () => {
  const { body, stats } = await testInstance(LOOKUP);
  assert.equal(codeOf(await body({ inputs: [] }).answer), 'InvalidTensor');
  assert.equal(stats.failures.OTHER, 1);
});

test('counts requests that came over the network, with what took how long', async () => {
  const { body, tensors, stats } = await testInstance(LOOKUP);
  await body(bodyOf(3)).answer;
  await tensors(index(0)).answer;
  assert.deepEqual([stats.request.count, stats.queue.count, stats.compute.count], [1, 1, 2]);
});

test('what waits when it is closed is answered', async () => {
  const { tensors, instance } = await testInstance(LOOKUP, 1, { maxQueueDelay: '1h', maxBatch: 2 });
  const { answer } = tensors(index(1));
  setImmediate(() => setImmediate(() => instance.close()));
  const lost = await answer.catch((error) => ({ id: 1, error }));
  assert.equal(codeOf(lost), 'InstanceLost');
});

test('an idle instance waits for company where the model wants it to', async () => {
  const { tensors, stats } = await testInstance(LOOKUP, 2, { maxQueueDelay: '1h' });
  const first = tensors(index(1)).answer;
  await new Promise((resolve) => setImmediate(resolve));
  const second = tensors(index(2)).answer;
  assert.deepEqual(
    [dataOf(await first), dataOf(await second)],
    [
      [2, 3],
      [4, 5],
    ],
  );
  assert.equal(stats.batches[0]!.rows, 2);
});

test('company is not waited for until it is too late', async () => {
  const { body, stats } = await testInstance(LOOKUP, 2, { maxQueueDelay: '1h' });
  const answer = await body(bodyOf(1, { timeout: 1_000_000 })).answer;
  assert.ok('text' in answer);
  assert.equal(stats.inferences, 1);
});
