import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryState } from '../testing/memory-state.ts';
import { lastApplied } from './last-applied.ts';

const [device, other] = ['a', 'b'].map((end) => ({ deviceId: `01900000-0000-7000-8000-00000000000${end}` }));

test('what was applied last counts for the device that did, and where nobody is named', () => {
  const state = memoryState();
  assert.equal(lastApplied(state, device!), undefined);
  state.remember('applied', { epoch: 1, version: 4 });
  assert.deepEqual(lastApplied(state, device!), { epoch: 1, version: 4 });
  state.remember('applied', { epoch: 2, version: 5, ...device! });
  assert.deepEqual(lastApplied(state, device!), { epoch: 2, version: 5 });
  assert.equal(lastApplied(state, other!), undefined);
});
