import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  freePort,
  type Hub,
  hubCredentials,
  joinDevice,
  openStage,
  readdressDevice,
  runJoin,
  startAgent,
  startConnectProxy,
  startHub,
  startInterceptor,
  startRelay,
  stealIdentity,
  until,
} from '@skerry/testkit';

/** By what the hub says that the device is connected; `LinkLost` when it is not. */
const connectedBy = async (hub: Hub, name: string) =>
  (await hub.people.devices.get(name)).value.status.conditions.Connected?.reason;

const isConnectedBy = (hub: Hub, name: string, ...reasons: string[]) =>
  until(async () => reasons.includes((await connectedBy(hub, name)) ?? ''), {
    what: `${name} is connected by ${reasons.join(' or ')}`,
    deadline: 40_000,
  });

const appliesWhatIsWanted = (hub: Hub, name: string) =>
  until(
    async () => {
      const { desired, reported } = (await hub.people.devices.get(name)).value.status;
      return reported.applied?.version === desired?.version;
    },
    { what: `${name} has applied the newest version` },
  );

test('a device whose network lets no MQTT pass goes on by HTTPS alone, and returns by itself', async (t) => {
  const stage = openStage(t);
  const mqttPort = await freePort();
  const hub = await startHub(stage, { mqttPort });
  const device = await joinDevice(stage, hub, { name: 'hull' });
  let refusing = true;
  await using middle = await startInterceptor({
    shows: await hubCredentials(hub.data, 'server'),
    asDevice: await stealIdentity(device.state),
    target: hub.devicesPort,
    refusesUpgrades: () => refusing,
  });
  await using relay = await startRelay(mqttPort);
  relay.cut();
  await readdressDevice(device.state, [
    `https://127.0.0.1:${middle.port}`,
    `mqtts://127.0.0.1:${relay.port}`,
  ]);
  const agent = await startAgent(stage, device);

  await isConnectedBy(hub, 'hull', 'HttpsPoll');
  assert.ok(relay.connections > 0, 'MQTT over TLS was tried before');
  await hub.people.devices.put({
    apiVersion: 'skerry.dev/v1alpha1',
    kind: 'Device',
    metadata: { name: 'hull', labels: { seen: 'yes' } },
    spec: {},
  });
  await appliesWhatIsWanted(hub, 'hull');
  assert.ok(middle.passages.some(({ path }) => path.includes('/up/report')));

  relay.mend();
  refusing = false;
  await isConnectedBy(hub, 'hull', 'MqttOverWs');
  relay.cut();
  assert.equal(await connectedBy(hub, 'hull'), 'MqttOverWs');
  await agent.stop();
});

test('all that a device asks of its hub goes through the proxy that is set', async (t) => {
  const stage = openStage(t);
  const hub = await startHub(stage);
  await using proxy = await startConnectProxy();
  const env = { HTTPS_PROXY: proxy.url };
  const { token } = await hub.people.deviceTokens.create({ deviceName: 'till' });
  const device = { name: 'till', state: await stage.makeFolder('till') };
  assert.equal((await runJoin(stage, device, token, env).exited).code, 0);
  assert.equal(proxy.passed.length, 2, 'who the hub is, and the join');
  const agent = await startAgent(stage, device, [], env);
  await isConnectedBy(hub, 'till', 'MqttOverWs');
  await appliesWhatIsWanted(hub, 'till');
  assert.ok(proxy.passed.length >= 4, 'the link and the desired state');
  assert.ok(proxy.passed.every((target) => target === `127.0.0.1:${hub.devicesPort}`));
  assert.equal(proxy.refused, 0);
  const said = agent.program.log.join('\n');
  for (const secret of [proxy.password, encodeURIComponent(proxy.password)])
    assert.ok(!said.includes(secret), 'the password is not in the log');
  await agent.stop();

  const wrong = await startAgent(stage, device, [], { HTTPS_PROXY: proxy.url.replace('w0rd', 'word') });
  await until(() => proxy.refused > 0, { what: 'the proxy refuses another password' });
  await until(() => wrong.program.log.some((line) => line.includes('wants another user and password')), {
    what: 'the agent says so',
  });
  await wrong.stop();
});

test('a hub moves, and its devices follow it', async (t) => {
  const stage = openStage(t);
  await using old = await startRelay();
  await using next = await startRelay();
  const addressOf = ({ port }: { port: number }) => `https://127.0.0.1:${port}`;
  const advertising = (relay: { port: number }) => ['--advertise', addressOf(relay)];
  const first = await startHub(stage, { devicesPort: await freePort(), args: advertising(old) });
  old.target = first.devicesPort;
  const device = await joinDevice(stage, first, { name: 'tower' });
  const agent = await startAgent(stage, device);
  await isConnectedBy(first, 'tower', 'MqttOverWs');
  await appliesWhatIsWanted(first, 'tower');
  const { desired } = (await first.people.devices.get('tower')).value.status;
  await first.stop();

  const wish = { data: first.data, devicesPort: first.devicesPort, args: advertising(next) };
  const second = await startHub(stage, wish);
  for (const relay of [old, next]) relay.target = second.devicesPort;
  const known = async () => JSON.parse(await readFile(join(device.state, 'identity', 'hub.json'), 'utf8'));
  await until(async () => (await known()).addresses.join() === addressOf(next), {
    what: 'the device has met the hub where it is now, and forgotten where it was',
    deadline: 40_000,
  });
  old.cut();
  await isConnectedBy(second, 'tower', 'MqttOverWs');
  await appliesWhatIsWanted(second, 'tower');
  const moved = (await second.people.devices.get('tower')).value.status.desired;
  assert.equal(moved?.version, (desired?.version ?? 0) + 1);
  await agent.stop();
});
