import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { modelSpec } from '@skerry/contracts';
import { nodeClock } from '@skerry/kit/node';
import { failure } from '../errors.ts';
import { modelStats } from '../metrics/model-stats.ts';
import type { Tensor } from '../tensors/tensor.ts';
import { gatherer } from './gather.ts';
import { restWire } from './rest/rest-wire.ts';
import { signatureOf } from './signature.ts';
import { turns } from './turns.ts';
import type { Exchange } from './wire.ts';

const rowsOfTwo = [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }] as const;
const sums = [
  { name: 'sum', datatype: 'FP32', shape: [-1] },
  { name: 'first', datatype: 'FP32', shape: [-1, 1] },
] as const;
const model = (serving: object = {}, inputs: readonly { shape: readonly number[] }[] = rowsOfTwo) =>
  signatureOf({
    name: 'sums',
    version: '1',
    spec: modelSpec.parse({ serving }),
    inputs: inputs as typeof rowsOfTwo,
    outputs: sums,
    leftOut: [],
  });

/** Adds up each row, and notes how many it was given at a time. */
function adder(calls: number[]) {
  return ([x]: readonly Tensor[], wanted: readonly string[]): Tensor[] => {
    const [rows, data] = [x!.shape[0]!, x!.data as Float32Array];
    calls.push(rows);
    const at = (column: number) => Float32Array.from({ length: rows }, (_, row) => data[row * 2 + column]!);
    const [first, second] = [at(0), at(1)];
    const all: Record<string, Tensor> = {
      sum: { datatype: 'FP32', shape: [rows], data: first.map((value, row) => value + second[row]!) },
      first: { datatype: 'FP32', shape: [rows, 1], data: first },
    };
    return wanted.map((name) => all[name]!);
  };
}

interface Asked {
  readonly rows: readonly (readonly number[])[];
  readonly outputs?: readonly string[];
}

/** Takes requests that come in one turn, once it is known that several do. */
async function gathered(
  run: ReturnType<typeof adder>,
  asked: readonly Asked[],
  calls: number[],
  serving = {},
) {
  const stats = modelStats();
  const one = gatherer({ model: model(serving), stats, clock: nodeClock(), run, mayBatch: () => true })!;
  const answers: unknown[] = [];
  const exchange = ({ rows, outputs }: Asked, at: number): Exchange => {
    const inputs = [{ name: 'x', datatype: 'FP32', shape: [rows.length, 2], data: rows.flat() }];
    const bytes = Buffer.from(
      JSON.stringify({ id: `${at}`, inputs, ...(outputs && { outputs: outputs.map((name) => ({ name })) }) }),
    );
    return {
      wire: restWire,
      body: { bytes, headerLength: undefined, media: 'application/json' },
      done(error, answer) {
        answers[at] = error ?? JSON.parse(answer!.text);
      },
    };
  };
  const crowd = { rows: [[0, 0]] };
  for (let i = 0; i < 100; i++) one.take(exchange(crowd, 0));
  await turn();
  await turn();
  calls.length = 0;
  const taken = asked.map((it, at) => one.take(exchange(it, at)));
  one.flush();
  return { answers: answers.slice(0, asked.length), taken, stats };
}

const outputsOf = (answer: unknown) =>
  (answer as { outputs: { name: string; data: number[] }[] }).outputs.map(({ name, data }) => [name, data]);

describe('requests of one turn', () => {
  const three: Asked[] = [
    { rows: [[1, 2]] },
    {
      rows: [
        [3, 4],
        [5, 6],
      ],
      outputs: ['first', 'sum'],
    },
    { rows: [[7, 8]], outputs: ['sum'] },
  ];
  const wanted = [
    [
      ['sum', [3]],
      ['first', [1]],
    ],
    [
      ['first', [3, 5]],
      ['sum', [7, 11]],
    ],
    [['sum', [15]]],
  ];

  it('run in one call, and each gets its own rows and outputs', async () => {
    const calls: number[] = [];
    const { answers, taken } = await gathered(adder(calls), three, calls);
    assert.deepEqual([taken, calls], [[true, true, true], [4]]);
    assert.deepEqual(answers.map(outputsOf), wanted);
    assert.deepEqual(
      answers.map((answer) => (answer as { id: string }).id),
      ['0', '1', '2'],
    );
  });

  it('run in as many calls as their rows take', async () => {
    const calls: number[] = [];
    const { answers } = await gathered(adder(calls), Array(7).fill({ rows: [[1, 2]] }), calls, {
      maxBatch: 3,
    });
    assert.deepEqual(calls, [3, 3, 1]);
    for (const answer of answers) assert.deepEqual(outputsOf(answer), wanted[0]);
  });

  it('run one by one where all together fail, so that only who is at fault is told', async () => {
    const calls: number[] = [];
    const add = adder(calls);
    const run: typeof add = (feeds, outputs) => {
      if ((feeds[0]!.data as Float32Array).includes(13)) throw failure('InferenceFailed', 'thirteen');
      return add(feeds, outputs);
    };
    const { answers, stats } = await gathered(run, [...three, { rows: [[13, 0]] }], calls);
    assert.deepEqual(answers.slice(0, 3).map(outputsOf), wanted);
    assert.equal((answers[3] as Error).message, 'thirteen');
    assert.equal(stats.failures.BACKEND, 1);
  });

  it('run one by one where an output turns out to be no rows', async () => {
    const calls: number[] = [];
    const add = adder(calls);
    const whole: typeof add = (feeds, outputs) =>
      add(feeds, outputs).map((output) =>
        feeds[0]!.shape[0] === 1 ? output : { ...output, shape: [1, feeds[0]!.shape[0]!] },
      );
    const { answers } = await gathered(whole, [three[0]!, three[2]!], calls);
    assert.deepEqual(answers.map(outputsOf), [wanted[0], wanted[2]]);
  });

  it('leave alone who cannot be read, or has more rows than run together', async () => {
    const calls: number[] = [];
    const many = { rows: Array(17).fill([1, 1]) };
    const { answers, taken } = await gathered(
      adder(calls),
      [three[0]!, { rows: [[1]] as never }, many],
      calls,
    );
    assert.deepEqual(taken, [true, true, false]);
    assert.deepEqual(outputsOf(answers[0]), wanted[0]);
    assert.match((answers[1] as Error).message, /has 2 elements, but data has 1/);
  });
});

it('gathers nothing for a model without rows, or that is to run one by one', () => {
  const parts = { stats: modelStats(), clock: nodeClock(), run: adder([]), mayBatch: () => true };
  assert.ok(gatherer({ model: model(), ...parts }));
  assert.equal(gatherer({ model: model({ maxBatch: 1 }), ...parts }), undefined);
  assert.equal(gatherer({ model: model(), ...parts, mayBatch: () => false }), undefined);
  for (const shape of [[1, 2], [-1, -1], [], [-1, 100_000]])
    assert.equal(gatherer({ model: model({}, [{ ...rowsOfTwo[0], shape }]), ...parts }), undefined);
});

it('lets nobody wait while they come one by one, and finds out when several do, and when no longer', async () => {
  let ends = 0;
  const { came } = turns(() => {
    ends++;
  });
  for (let i = 0; i < 200; i++) {
    assert.equal(came(), false);
    await turn();
  }
  assert.ok(ends > 0 && ends < 20, `${ends}`);
  for (let i = 0; i < 64; i++) came();
  await turn();
  assert.equal(came(), true);
  for (let i = 0; i < 20; i++) {
    came();
    await turn();
  }
  assert.equal(came(), false);
});
