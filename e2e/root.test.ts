import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  digitsFolder,
  framesUrl,
  type Hub,
  hubEntry,
  joinDevice,
  meterDeployment,
  openStage,
  postFrame,
  pushModel,
  runJoin,
  type Stage,
  startAgent,
  startHub,
  until,
} from '@skerry/testkit';

test('devices follow their hub from root to root, however many came while they were away', async (t) => {
  const stage = openStage(t);
  const hub = await startHub(stage);
  await pushModel(hub.people, { name: 'digits', folder: digitsFolder });
  await hub.people.deployments.put(meterDeployment('digits:1'));
  const device = await joinDevice(stage, hub, { name: 'camera1', labels: { role: 'meter' } });
  const { token } = await hub.people.deviceTokens.create({ deviceName: 'late' });
  const agent = await startAgent(stage, device);
  await framesUrl(device, 'camera');
  await isConnected(hub, true);

  await t.test('new issuing keys, and a new root, are taken up while hub and device run', async () => {
    const pid = hub.program.pid;
    for (const what of ['issuing', 'root']) {
      const before = await issuerOf(hub);
      await rotate(stage, hub, what);
      const look = async () => (await issuerOf(hub)) !== before;
      await until(look, { what: `the hub goes on with other keys (${what})`, deadline: 10_000 });
      await isConnected(hub, true);
    }
    const changed = { 'NOTES.md': 'the second' };
    await pushModel(hub.people, { name: 'digits', folder: digitsFolder, changed });
    await hub.people.deployments.put(meterDeployment('digits:2'));
    await hasChangedRoot(hub, 1);
    await hasApplied(hub);
    assert.equal(hub.program.pid, pid);
  });

  await t.test('it serves what it was told under the former root, without the hub', async () => {
    await hub.stop();
    await agent.stop();
    agent.restart();
    assert.equal(await postFrame(await framesUrl(device, 'camera'), '/cameras/alone', 1), 200);
    await agent.stop();
  });

  await t.test('one that was away for three roots walks them all', async () => {
    for (const what of ['root', 'issuing', 'root', 'root']) await rotate(stage, hub, what);
    for (const old of ['root.key', 'root-2.key', 'root-3.key', 'root-4.key'])
      await rm(join(hub.data, 'keys', old));
    await hub.restart();
    agent.restart();
    await isConnected(hub, true);
    await hasChangedRoot(hub, 2);
  });

  await t.test('a token of the first root still lets a device join', async () => {
    const late = { name: 'late', state: await stage.makeFolder('late') };
    const { code } = await runJoin(stage, late, token).exited;
    assert.equal(code, 0);
  });

  await t.test('without the root’s key there is no other root', async () => {
    await rm(join(hub.data, 'keys', 'root-5.key'));
    const program = runRotate(stage, hub, 'root');
    assert.notEqual((await program.exited).code, 0);
    assert.match(program.stderr.join('\n'), /root-5\.key/);
  });
});

const runRotate = (stage: Stage, { data }: Hub, what: string) =>
  stage.start({ name: `rotate ${what}`, entry: hubEntry, args: ['rotate', what, '--data', data] });

async function rotate(stage: Stage, hub: Hub, what: string): Promise<void> {
  const program = runRotate(stage, hub, what);
  assert.equal((await program.exited).code, 0, program.stderr.join('\n'));
}

/** The authority that certifies the hub now, PEM. */
async function issuerOf(hub: Hub): Promise<string | undefined> {
  const response = await fetch(`${hub.api}/api/v1/chain`);
  return ((await response.json()) as { chain: string[] }).chain[0];
}

async function hasApplied(hub: Hub): Promise<void> {
  const look = async () => {
    const { desired, reported } = (await hub.people.devices.get('camera1')).value.status;
    return desired !== undefined && reported.applied?.version === desired.version;
  };
  await until(look, { what: 'the device has applied what the hub wants', deadline: 30_000 });
}

async function isConnected(hub: Hub, wanted: boolean): Promise<void> {
  const look = async () => (await hub.people.devices.get('camera1')).value.status.connected === wanted;
  await until(look, { what: `the device is ${wanted ? '' : 'not '}connected`, deadline: 30_000 });
}

async function hasChangedRoot(hub: Hub, times: number): Promise<void> {
  const look = async () => {
    const events = await hub.people.events({ device: 'camera1', most: 200 });
    return events.filter(({ reason }) => reason === 'RootChanged').length === times;
  };
  await until(look, { what: `${times} changes of root are on record` });
}
