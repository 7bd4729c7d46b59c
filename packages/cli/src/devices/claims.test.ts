import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WaitingDevice } from '@skerry/contracts';
import { rivalLines, unrivalled } from './claims.ts';

const stranger = (admitAs: string, fingerprint: string, isMember = false): WaitingDevice => ({
  id: admitAs,
  name: `name of ${admitAs}`,
  reason: 'AwaitsAdmission',
  message: '',
  since: '2026-01-01T00:00:00.000Z',
  admitAs,
  shown: {
    isMember,
    inventory: { hostname: 'h', platform: 'linux', arch: 'x64', cores: 1, memory: 1, agentVersion: '0' },
    serial: '1',
    fingerprint,
    lastSeen: '2026-01-01T00:00:00.000Z',
    address: '10.0.0.1',
  },
});

test('all are let in at once but those that several claim to be, members, and whom something else keeps out', () => {
  const { shown: _, ...revoked } = stranger('revoked', '');
  const waiting = [
    stranger('a', '1'),
    stranger('b', '2'),
    stranger('b', '3'),
    stranger('c', '4', true),
    revoked,
  ];
  assert.deepEqual(unrivalled(waiting), ['a']);
  assert.deepEqual(rivalLines(waiting).slice(1), [
    '  skerry device admit b --fingerprint 2',
    '  skerry device admit b --fingerprint 3',
  ]);
  assert.match(rivalLines(waiting)[0]!, /^2 claim to be name of b\./);
});
