import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DeviceFacts, describeDevice } from './status.ts';
import type { DeviceRow } from './tables.ts';

const at = '2026-11-21T12:00:00.000Z';
const row: DeviceRow = {
  id: 'd',
  project_id: 'p',
  name: 'shop',
  site_id: null,
  labels: '{}',
  inventory: '{}',
  generation: 1,
  created_at: at,
  updated_at: at,
  last_seen_at: at,
  connected: 0,
  connection_reason: 'LinkLost',
  connection_message: 'the session ended',
  connection_changed_at: at,
};
const ready = { status: 'True' as const, reason: 'Serving', message: 'digits:3', lastTransitionTime: at };
const refused = {
  status: 'False' as const,
  reason: 'AcceptanceFailed',
  message: 'case 3',
  lastTransitionTime: at,
};
const facts = (offlineMs: number, reported: object): DeviceFacts => ({
  site: undefined,
  twin: { desiredVersion: 42, reported },
  unique: undefined,
  certified: undefined,
  deployments: [],
  epoch: 1,
  now: Date.parse(at) + offlineMs,
});

test('what a device said is trusted for a while after its link was lost, then unknown', () => {
  const said = { applied: { epoch: 1, version: 42 }, conditions: { Ready: ready } };
  const soon = describeDevice(row, facts(60_000, said)).status.conditions;
  assert.equal(soon.Ready?.status, 'True');
  const late = describeDevice(row, facts(3_600_000, said)).status.conditions;
  assert.equal(late.Ready?.status, 'Unknown');
  assert.equal(late.Ready?.reason, 'LinkLost');
  assert.match(late.Ready?.message ?? '', /when last heard of: True, Serving: digits:3/);
  assert.equal(late.Connected?.status, 'False');
});

test('a refusal of the very version that is wanted keeps its reason', () => {
  const targeted = { epoch: 1, version: 42 };
  const said = { targeted, applied: { epoch: 1, version: 41 }, conditions: { UpToDate: refused } };
  assert.equal(describeDevice(row, facts(0, said)).status.conditions.UpToDate?.reason, 'AcceptanceFailed');
  const older = { ...said, targeted: { epoch: 1, version: 41 } };
  const { UpToDate } = describeDevice(row, facts(0, older)).status.conditions;
  assert.deepEqual([UpToDate?.reason, UpToDate?.message], ['LinkLost', 'v41 applied, v42 wanted']);
});

test('a version of another epoch of the hub is another version', () => {
  const said = {
    applied: { epoch: 2, version: 42 },
    conditions: { UpToDate: { ...ready, reason: 'Applied' } },
  };
  assert.equal(describeDevice(row, facts(0, said)).status.conditions.UpToDate?.status, 'False');
});
