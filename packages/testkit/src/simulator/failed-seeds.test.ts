import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failedSeeds } from './failed-seeds.ts';
import { runHistory } from './history.ts';

for (const { was, ...plan } of failedSeeds)
  test(`a history that failed once: ${was}`, async () => {
    assert.equal((await runHistory(plan)).violation, undefined);
  });
