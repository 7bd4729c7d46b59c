import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { silentLogger } from '@skerry/kit';
import { nudges } from './nudges.ts';
import { sessions as trackSessions } from './sessions.ts';

function open() {
  const told: string[] = [];
  const sessions = trackSessions({
    publish: (_topic, payload) => void told.push(JSON.parse(payload).desired),
  });
  const reads = { now: 0, most: 0, all: 0 };
  const etagOf = async (deviceId: string) => {
    reads.all += 1;
    reads.most = Math.max(reads.most, ++reads.now);
    await setImmediate();
    reads.now -= 1;
    return deviceId;
  };
  const nudge = nudges({ logger: silentLogger, desired: { etagOf }, sessions });
  const connect = (deviceId: string) => sessions.begin({ projectId: 'p', deviceId, id: 's' });
  const settled = async () => {
    do await setImmediate();
    while (reads.now > 0);
  };
  return { told, reads, nudge, connect, settled };
}

test('a change for a whole fleet nudges each device, and leaves others their place at the database', async () => {
  const { told, reads, nudge, connect, settled } = open();
  const ids = Array.from({ length: 3_000 }, (_, index) => `${index}`);
  for (const id of ids) connect(id);
  nudge(ids);
  await settled();
  assert.deepEqual(told, ids);
  assert.ok(reads.most <= 8, `${reads.most} at a time`);
});

test('changes while a device waits for its turn are one nudge; one after that is another', async () => {
  const { told, reads, nudge, connect, settled } = open();
  const ids = Array.from({ length: 20 }, (_, index) => `${index}`);
  for (const id of ids) connect(id);
  for (let changes = 0; changes < 5; changes++) nudge(ids);
  await settled();
  assert.ok(reads.all <= 40, `${reads.all} reads`);
  assert.deepEqual(new Set(told), new Set(ids));
  told.length = 0;
  nudge(['7', 'of no session']);
  await settled();
  assert.deepEqual(told, ['7']);
});
