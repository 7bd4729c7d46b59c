import assert from 'node:assert/strict';
import { test } from 'node:test';
import { densities } from './density.ts';
import { type Exploration, exitCodeOf, unseen } from './explore.ts';
import { cellsOf } from './faults.ts';
import type { History, Tally } from './history.ts';

const cells = cellsOf(densities.standard);

/** What a run saw in which every cell of faults and states came once, but for this one. */
function without(missing?: (typeof cells)[number]): Tally {
  const tally: Tally = new Map();
  for (const { kind, when } of cells.filter((cell) => cell !== missing))
    tally.set(kind, (tally.get(kind) ?? new Map()).set(when, 1));
  return tally;
}

const run = (deviceYears: number, tally: Tally, failed?: History, hubDays = 60): Exploration => ({
  seeds: 1,
  deviceYears,
  hubDays,
  cpuMs: 1,
  promised: 1,
  noticed: 0,
  tally,
  density: 'standard',
  failed,
});

test('a run of a device-year fails where any fault never came over a state', () => {
  assert.equal(exitCodeOf(run(1, without())), 0);
  for (const cell of cells) {
    const tally = without(cell);
    assert.equal(unseen(run(1, tally)).length, 1);
    assert.equal(exitCodeOf(run(1, tally)), 1, unseen(run(1, tally))[0]);
    assert.equal(exitCodeOf(run(0.99, tally)), 0, 'a shorter one had no time for all');
    assert.equal(exitCodeOf(run(1, tally, undefined, 59)), 0, 'nor had a hub of many devices for a few days');
  }
});

test('a run fails after a violation, however short it was', () => {
  assert.equal(exitCodeOf(run(0.01, without(), {} as History)), 1);
});
