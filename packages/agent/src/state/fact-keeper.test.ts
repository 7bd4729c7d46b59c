import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock, recordingLogger } from '@skerry/kit/testing';
import { factKeeper } from './fact-keeper.ts';
import type { AgentState } from './state.ts';

test('what a full disk refuses is written once it has room, the newest value alone, and said once', async () => {
  const clock = manualClock();
  const logger = recordingLogger();
  const written: unknown[] = [];
  let isFull = true;
  const remember: AgentState['remember'] = (name, value) => {
    if (isFull) throw new Error('the disk is full');
    written.push([name, value]);
  };
  const keeper = factKeeper({ remember }, { clock, logger });
  keeper.keep('applied', { epoch: 1, version: 1 });
  keeper.keep('applied', { epoch: 1, version: 2 });
  keeper.keep('proven', {});
  await clock.advance(3_600_000);
  assert.deepEqual(written, []);
  assert.equal(logger.lines.length, 2);
  isFull = false;
  await clock.advance(60_000);
  assert.deepEqual(written, [
    ['applied', { epoch: 1, version: 2 }],
    ['proven', {}],
  ]);
  keeper.keep('applied', { epoch: 1, version: 3 });
  assert.deepEqual(written[2], ['applied', { epoch: 1, version: 3 }]);
  assert.equal(clock.waiting, 0);
});
