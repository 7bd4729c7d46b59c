import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runHistory } from './history.ts';
import { planted } from './planted.ts';

for (const [what, { replace, faults = [], plan, finds }] of Object.entries(planted))
  test(`it is found when ${what}`, async () => {
    const history = await runHistory({ seed: 1, days: 0.5, devices: 1, faults, ...plan }, { replace });
    assert.match(history.violation?.what ?? 'nothing was found', finds);
  });
