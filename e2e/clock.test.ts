import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredMessage } from '@skerry/contracts';
import {
  agentEntry,
  digitsFolder,
  framesUrl,
  type Hub,
  type JoinedDevice,
  type MovedClock,
  meterDeployment,
  noMovedClock,
  openMovedClock,
  openStage,
  postFrame,
  pushModel,
  readMessages,
  rerouteDevice,
  type Stage,
  startAgent,
  startHub,
  startRelay,
  until,
} from '@skerry/testkit';

const DAY = 86_400_000;
const clocks = { 'in-1970': DAY - Date.now(), 'a-year-behind': -400 * DAY, 'a-year-ahead': 400 * DAY };
const LIFE_MS = 8_000;

test('a device whose clock is wrong joins, serves and comes back, and what it says is dated right', {
  skip: noMovedClock,
}, async (t) => {
  const stage = openStage(t);
  const hub = await startHub(stage, { args: ['--certificate-life', `${LIFE_MS}ms`] });
  await pushModel(hub.people, { name: 'digits', folder: digitsFolder });
  await hub.people.deployments.put(meterDeployment('digits:1'));
  await Promise.all(Object.entries(clocks).map(([name, offset]) => live(stage, hub, name, offset)));
});

async function live(stage: Stage, hub: Hub, name: string, offset: number): Promise<void> {
  const clock = await openMovedClock(stage, name);
  await clock.move(offset);
  await using relay = await startRelay(hub.devicesPort);
  const device = await join(stage, hub, name, clock);
  await rerouteDevice(device.state, relay.port);

  let agent = await startAgent(stage, device, [], clock.env);
  const frames = await framesUrl(device, 'camera');
  await isConnected(hub, name, true);
  const { conditions } = (await hub.people.devices.get(name)).value.status;
  assert.deepEqual([conditions.TimeKnown?.status, conditions.TimeKnown?.reason], ['True', 'TimeFromHub']);
  await isRightlyDated(hub, name, frames, 'known');

  await clock.move(offset + 100 * DAY);
  await isRightlyDated(hub, name, frames, 'jumped');
  await isRenewed(hub, name);

  // Without the hub nobody tells it the time, and its certificate ends meanwhile.
  relay.cut();
  await isConnected(hub, name, false);
  await agent.stop();
  agent = await startAgent(stage, device, [], clock.env);
  const alone = await framesUrl(device, 'camera');
  const madeAt = Date.now();
  assert.equal(await postFrame(alone, '/alone', 1), 200);
  await sleep(LIFE_MS);
  relay.mend();
  await isConnected(hub, name, true);
  const { event, time, timeKnown, deviceTime } = await messageOf(hub, name, 'alone');
  assert.deepEqual([event.timeknown, timeKnown], [false, true]);
  assert.ok(isClose(time, madeAt), `${time} is when it was made`);
  const says = Date.parse(deviceTime!) - madeAt;
  assert.ok(Math.abs(says - offset - 100 * DAY) < DAY, 'what its clock said is kept');
  assert.ok((await reasonsOf(hub, name)).includes('Readmitted'), 'it proved its key');
  await agent.stop();
}

async function join(stage: Stage, hub: Hub, name: string, { env }: MovedClock): Promise<JoinedDevice> {
  const labels = { role: 'meter' };
  const { token } = await hub.people.deviceTokens.create({ deviceName: name, labels });
  const state = await stage.makeFolder(name);
  const args = ['join', '--state', state];
  const program = stage.start({ name: `join of ${name}`, entry: agentEntry, args, input: token, env });
  assert.equal((await program.exited).code, 0, program.stderr.join('\n'));
  return { name, state };
}

async function isRightlyDated(hub: Hub, name: string, frames: string, id: string): Promise<void> {
  const madeAt = Date.now();
  assert.equal(await postFrame(frames, `/${id}`, 1), 200);
  const { event, time, timeKnown } = await messageOf(hub, name, id);
  assert.deepEqual([event.timeknown, timeKnown], [true, true]);
  assert.ok(isClose(time, madeAt), `${time} is when ${id} was made`);
}

const isClose = (time: string, madeAt: number) => Math.abs(Date.parse(time) - madeAt) < 10_000;

function messageOf(hub: Hub, name: string, id: string): Promise<StoredMessage> {
  const look = async () =>
    (await readMessages(hub.people, name, 'result')).find(({ event }) => event.id === `/${id}#1`);
  return until(look, { what: `${id} of ${name} is in the hub`, deadline: 30_000 });
}

async function isConnected(hub: Hub, name: string, wanted: boolean): Promise<void> {
  const look = async () => (await hub.people.devices.get(name)).value.status.connected === wanted;
  await until(look, { what: `${name} is ${wanted ? '' : 'not '}connected`, deadline: 60_000 });
}

const reasonsOf = async (hub: Hub, device: string) =>
  (await hub.people.events({ device, most: 200 })).map(({ reason }) => reason);

async function isRenewed(hub: Hub, name: string): Promise<void> {
  const renewals = async () => (await reasonsOf(hub, name)).filter((reason) => reason === 'Renewed').length;
  const before = await renewals();
  const look = async () => (await renewals()) > before;
  await until(look, { what: `the certificate of ${name} is renewed`, deadline: 20_000 });
}
