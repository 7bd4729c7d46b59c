import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SkerryError, silentLogger } from '@skerry/kit';
import { manualClock } from '@skerry/kit/testing';
import { type ApplyOptions, applier } from './apply.ts';

test('a trial begins with the load, and is told when that fails', async () => {
  const trial: string[] = [];
  const unloadable = new SkerryError({ code: 'ModelLoadFailed', detail: 'no such operator', next: '' });
  const apply = applier({
    driver: { load: () => Promise.reject(unloadable) },
    artifacts: { verify: async () => {}, folderOf: () => '/artifacts/1' },
    attempts: { failureOf: () => undefined, failed: (attempt: string) => trial.push(`${attempt} rests`) },
    trials: { begin: () => trial.push('begins'), failed: () => trial.push('failed') },
    tell: () => {},
    clock: manualClock(),
    logger: silentLogger,
  } as unknown as ApplyOptions);
  const version = { version: '1', digest: 'sha256:1' };
  await apply({ do: 'load', model: 'digits', version }, new AbortController().signal);
  assert.deepEqual(trial, ['begins', 'failed', 'load/digits@sha256:1 rests']);
});
