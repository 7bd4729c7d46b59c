import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceResource } from '@skerry/contracts';
import {
  digitsFolder,
  framesUrl,
  type Hub,
  joinDevice,
  meterDeployment,
  openStage,
  postFrame,
  pushModel,
  readMessages,
  rerouteDevice,
  startAgent,
  startHub,
  startMeterSite,
  startRelay,
  until,
} from '@skerry/testkit';

test('a device that was offline while its model was changed and changed back reports the newest version', async (t) => {
  const stage = openStage(t);
  const hub = await startHub(stage);
  await using relay = await startRelay(hub.devicesPort);
  await pushModel(hub.people, { name: 'digits', folder: digitsFolder });
  await pushModel(hub.people, {
    name: 'digits',
    folder: digitsFolder,
    changed: { 'README.md': 'another version' },
  });
  await hub.people.deployments.put(meterDeployment('digits:1'));
  const device = await joinDevice(stage, hub, { name: 'camera1', labels: { role: 'meter' } });
  await rerouteDevice(device.state, relay.port);
  const agent = await startAgent(stage, device);
  const first = await follows(hub);
  const before = await agent.runtime();

  relay.cut();
  await until(async () => !(await statusOf(hub)).connected, {
    what: 'the hub sees that the device is gone',
    deadline: 30_000,
  });
  await hub.people.deployments.put(meterDeployment('digits:2'));
  await hub.people.deployments.put(meterDeployment('digits:1'));
  const wanted = (await statusOf(hub)).desired;
  assert.ok(wanted && wanted.version > first.desired!.version, 'a change and its reverse are two versions');

  relay.mend();
  const last = await follows(hub);
  assert.deepEqual(last.reported.applied, wanted);
  assert.deepEqual(last.reported.targeted, wanted);
  assert.equal(last.reported.models?.digits?.serving?.version, '1');
  const after = await agent.runtime();
  assert.equal(after.instanceId, before.instanceId, 'nothing had to be started anew');
});

test('a device whose agent starts without its hub comes back serving, and delivers once the hub is back', async (t) => {
  const stage = openStage(t);
  const { hub, agent, frames } = await startMeterSite(stage);
  await postFrame(frames, '/cameras/before', 1);
  await hub.stop();
  await agent.stop();

  agent.restart();
  const again = await framesUrl(agent, 'camera');
  assert.equal(await postFrame(again, '/cameras/after', 1), 200);

  await hub.restart();
  const sources = async () =>
    (await readMessages(hub.people, 'camera1', 'result')).map(({ event }) => event.id);
  const both = async () => {
    const held = await sources();
    return held.includes('/cameras/before#1') && held.includes('/cameras/after#1');
  };
  await until(both, { what: 'both frames are in the hub', deadline: 20_000 });
});

type Status = DeviceResource['status'];

async function statusOf(hub: Hub): Promise<Status> {
  return (await hub.people.devices.get('camera1')).value.status;
}

/** Waits until the device has applied what the hub wants of it. */
function follows(hub: Hub): Promise<Status> {
  const look = async () => {
    const status = await statusOf(hub);
    const { desired, reported, conditions } = status;
    const isApplied = desired !== undefined && reported.applied?.version === desired.version;
    return (
      isApplied && conditions.UpToDate?.status === 'True' && conditions.Ready?.status === 'True' && status
    );
  };
  return until(look, { what: 'the device is up to date and ready', deadline: 30_000 });
}
