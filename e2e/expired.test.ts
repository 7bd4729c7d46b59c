import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Hub, joinDevice, openStage, startAgent, startHub, until } from '@skerry/testkit';

test('certificates are renewed while the session goes on', async (t) => {
  const stage = openStage(t);
  const hub = await startHub(stage, { args: ['--certificate-life', '6s'] });
  await startAgent(stage, await joinDevice(stage, hub, { name: 'camera1' }));
  const renewals = async () => (await reasonsOf(hub)).filter((reason) => reason === 'Renewed').length >= 2;
  await until(renewals, { what: 'two renewals are on record', deadline: 60_000 });
  const reasons = await reasonsOf(hub);
  assert.equal(reasons.filter((reason) => reason === 'Connected').length, 1);
  assert.ok(!reasons.includes('LinkLost'), 'the session of the first certificate lives');
});

test('a device that was away for longer than its certificate waits for a word, and then comes back by itself', async (t) => {
  const stage = openStage(t);
  const givenFor = (life: string) => ['--certificate-life', life, '--expired-devices', 'ask'];
  const hub = await startHub(stage, { args: givenFor('2s') });
  const device = await joinDevice(stage, hub, { name: 'camera1' });
  await sleep(2_500);
  const agent = await startAgent(stage, device);
  const waits = async () => (await statusOf(hub)).conditions.Certified?.reason === 'CertificateEnded';
  await until(waits, { what: 'it stands outside, in sight' });
  assert.equal((await statusOf(hub)).connected, false);
  assert.deepEqual(
    (await reasonsOf(hub)).filter((reason) => /Certificate|Readmitted|Connected/.test(reason)),
    ['CertificateEnded'],
  );

  await hub.stop();
  // Whoever takes two seconds to come back would stand outside again.
  await hub.restart(givenFor('5m'));
  const { lifted } = await hub.people.devices.admit('camera1');
  assert.deepEqual(
    lifted.map(({ reason }) => reason),
    ['CertificateEnded'],
  );
  const isBack = async () => (await statusOf(hub)).connected;
  await until(isBack, { what: 'it is back', deadline: 30_000 });
  assert.equal((await statusOf(hub)).conditions.Certified, undefined);
  assert.ok(agent.program.running);
});

const statusOf = async (hub: Hub) => (await hub.people.devices.get('camera1')).value.status;

const reasonsOf = async (hub: Hub) =>
  (await hub.people.events({ device: 'camera1', most: 200 })).map(({ reason }) => reason);
