import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Benchmark, figuresOf, runBenchmark } from './benchmark.ts';
import { quickRounds } from './judge.ts';

const reading = (name: string, value: number) => ({ name, unit: 'µs', goal: 10, value });

test('each figure is judged over its own rounds, in the order of the first one', () => {
  const rounds = [1, 2, 3, 4, 5].map((i) => [reading('b', i), reading('a', i * 8)]);
  const figures = figuresOf(rounds);
  assert.deepEqual(
    figures.map(({ name, value, verdict }) => [name, value, verdict]),
    [
      ['b', 3, 'holds'],
      ['a', 24, 'undecided'],
    ],
  );
});

test('what is compared is measured in every one of the rounds, and told', async () => {
  const calls: string[] = [];
  const benchmark: Benchmark = {
    name: 'x',
    notes: [],
    open: async () => async () => {
      calls.push('reference', 'subject');
      return [reading('a', 1)];
    },
  };
  await using stack = new AsyncDisposableStack();
  const said: string[] = [];
  const figures = await runBenchmark(benchmark, { quick: true, stack, say: (text) => said.push(text) });
  const count = quickRounds;
  assert.equal(calls.join(), Array(count).fill('reference,subject').join());
  assert.deepEqual(said.slice(-2), [`x: round ${count} of ${count}`, '  a: 1 µs']);
  assert.equal(figures[0]?.value, 1);
});
