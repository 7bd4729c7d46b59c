import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultBudget } from './memory-budget.ts';
import { hangsOnOpening, placementOf } from './placement.ts';

const quick = { openMs: 3, p50Ms: 0.05, p99Ms: 0.2 };

describe('where a model runs', () => {
  const cases: [string, Parameters<typeof placementOf>, string, RegExp][] = [
    ['quick calls, quick to open', [undefined, quick, []], 'inline', /0\.2 ms at p99, opening it 3 ms/],
    ['slow calls', [undefined, { ...quick, p99Ms: 1.1 }, []], 'instance', /1\.1 ms at p99/],
    ['slow to open', [undefined, { ...quick, openMs: 26 }, []], 'instance', /opening it 26 ms/],
    ['a large file', [undefined, quick, undefined], 'instance', /file is large/],
    ['loops', [undefined, quick, ['Loop', 'If']], 'instance', /Loop and If/],
    [
      'calls that were not measured',
      [undefined, { ...quick, p99Ms: undefined }, []],
      'instance',
      /nothing is known/,
    ],
    ['cores of its own', [{ cores: [1] }, quick, []], 'instance', /cores of its own/],
    [
      'an order to run inline',
      [{ execution: 'inline' }, { ...quick, p99Ms: 9 }, []],
      'inline',
      /model\.yaml/,
    ],
    ['an order not to', [{ execution: 'instance' }, quick, []], 'instance', /model\.yaml/],
  ];
  for (const [what, given, execution, reason] of cases)
    it(`${execution} for ${what}`, () => {
      const placement = placementOf(...given);
      assert.equal(placement.execution, execution);
      assert.match(placement.reason, reason);
    });
});

it('is opened again only where that decides', () => {
  assert.equal(hangsOnOpening({ ...quick, openMs: 26 }), true);
  assert.equal(hangsOnOpening(quick), false);
  assert.equal(hangsOnOpening({ ...quick, openMs: 26, p99Ms: 3 }), false);
});

it('may have a share of what the machine or its container has', () => {
  assert.equal(defaultBudget(1_000, 0), 800);
  assert.equal(defaultBudget(1_000, 500), 400);
  assert.equal(defaultBudget(1_000, 2 ** 63), 800);
});
